package io.ssebridge.access;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Checks slow signatures on worker threads. Half of the cores check signatures, so that the other half serves streams.
 *
 * <p>Further checks wait, and the clients take turns: a client that sends a thousand tokens delays another client by
 * one token at most. The waiting checks are limited by bytes. When the queue is full, a client that already has its
 * share is refused. A client with less than its share replaces the last token of a client with more than its share.
 *
 * <p>Any thread. The guard is the lock of {@code waiting}, held for one look-up.
 */
final class SignatureQueue {
    // Its promise, its entry in the queue, and the parts of the request that it refers to.
    private static final long CHECK_BYTES = 512;

    private final WorkerExecutor workers;
    private final Vertx vertx;
    private final int parallel;
    private final long capacityBytes;

    // Keyed by client, in the order of their turns.
    private final Map<String, CheckQueue> waiting = new LinkedHashMap<>();
    private long bytes;
    private int running;

    private record Check(
            String token,
            BooleanSupplier gone,
            BooleanSupplier holds,
            Context caller,
            Promise<Optional<Boolean>> answer) {
        long bytes() {
            return CHECK_BYTES + token.length();
        }

        void run() {
            try {
                reply(Optional.of(holds.getAsBoolean()));
            } catch (RuntimeException bug) {
                caller.runOnContext(back -> answer.fail(bug));
            }
        }

        void reply(Optional<Boolean> holding) {
            caller.runOnContext(back -> answer.complete(holding));
        }
    }

    private static final class CheckQueue {
        private final ArrayDeque<Check> checks = new ArrayDeque<>();
        private long bytes;
    }

    SignatureQueue(Vertx vertx, long capacityBytes) {
        this.vertx = vertx;
        this.parallel = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
        this.capacityBytes = capacityBytes;
        this.workers = vertx.createSharedWorkerExecutor("sse-signatures", parallel);
    }

    /**
     * Checks a signature when the client has its turn.
     *
     * @param token the token
     * @param client the name of the client that takes turns with others
     * @param gone returns true once the caller no longer waits for the answer; called on any thread
     * @param holds checks the signature on a worker thread
     * @return whether the signature is valid; empty: too many checks wait
     */
    Future<Optional<Boolean>> check(String token, String client, BooleanSupplier gone, BooleanSupplier holds) {
        Check check = new Check(token, gone, holds, vertx.getOrCreateContext(), Promise.promise());
        boolean startsWorker;
        synchronized (waiting) {
            if (!makeRoom(check, client)) {
                return Future.succeededFuture(Optional.empty());
            }
            CheckQueue line = waiting.computeIfAbsent(client, first -> new CheckQueue());
            line.checks.add(check);
            line.bytes += check.bytes();
            bytes += check.bytes();
            startsWorker = running < parallel;
            if (startsWorker) {
                running++;
            }
        }
        if (startsWorker) {
            submit();
        }
        return check.answer.future();
    }

    private boolean makeRoom(Check check, String client) {
        while (bytes + check.bytes() > capacityBytes) {
            CheckQueue own = waiting.get(client);
            long ownBytes = check.bytes() + (own == null ? 0 : own.bytes);
            long share = bytes / (waiting.size() + (own == null ? 1 : 0));
            Iterator<Map.Entry<String, CheckQueue>> lines = waiting.entrySet().iterator();
            boolean displaced = false;
            while (ownBytes < share && lines.hasNext() && !displaced) {
                CheckQueue other = lines.next().getValue();
                // The other client must have more than the new one will have. Otherwise they would displace each other
                // endlessly.
                displaced = other.bytes > share && other.checks.size() > 1;
                if (displaced) {
                    displaceLast(other);
                }
            }
            if (!displaced) {
                return false;
            }
        }
        return true;
    }

    private void displaceLast(CheckQueue line) {
        Check last = line.checks.removeLast();
        line.bytes -= last.bytes();
        bytes -= last.bytes();
        last.reply(Optional.empty());
    }

    private void submit() {
        // Each task checks one signature, so that other users of the thread wait a short time only.
        var unused = workers.executeBlocking(
                () -> {
                    checkNext();
                    return null;
                },
                false);
    }

    private void checkNext() {
        Check next = take();
        while (next != null && next.gone.getAsBoolean()) {
            next.reply(Optional.of(false));
            next = take();
        }
        if (next != null) {
            try {
                next.run();
            } finally {
                submit();
            }
        }
    }

    /** Removes the next check in turn. Without one, returns null and this worker ends. */
    private @Nullable Check take() {
        synchronized (waiting) {
            if (waiting.isEmpty()) {
                running--;
                return null;
            }
            Map.Entry<String, CheckQueue> first = waiting.entrySet().iterator().next();
            String client = first.getKey();
            CheckQueue line = first.getValue();
            Check check = line.checks.remove();
            line.bytes -= check.bytes();
            bytes -= check.bytes();
            waiting.remove(client);
            if (!line.checks.isEmpty()) {
                waiting.put(client, line);
            }
            return check;
        }
    }

    /** Returns the number of waiting checks. */
    int size() {
        synchronized (waiting) {
            return waiting.values().stream()
                    .mapToInt(line -> line.checks.size())
                    .sum();
        }
    }
}
