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
 * Checks the signatures that take too long for an event loop, on worker threads: as many at the same time as half of the
 * cores can do, so that the other half serves streams.
 *
 * <p>The rest waits, and the clients take turns: a client that brings a thousand tokens does not delay another one by more
 * than one. What waits is bounded by bytes. When it is full, a client that has its share or more waiting is refused, and a
 * client with less takes the place of the last token of one that has more.
 *
 * <p>Any thread; the guard is the lock of {@code waiting}, held for one look-up.
 */
final class SignatureQueue {
    // Its promise, its place in the queue, and what it refers to of the request.
    private static final long CHECK_BYTES = 512;

    private final WorkerExecutor workers;
    private final Vertx vertx;
    private final int parallel;
    private final long capacityBytes;

    // By client, in the order of their turns.
    private final Map<String, Line> waiting = new LinkedHashMap<>();
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

    private static final class Line {
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
     * Has a signature checked.
     *
     * @param token the token
     * @param client the name of the client that takes turns with others
     * @param gone tells, on any thread, whether nobody waits for the answer any more
     * @param holds checks it, on a worker thread
     * @return whether it holds; empty: too many wait
     */
    Future<Optional<Boolean>> check(String token, String client, BooleanSupplier gone, BooleanSupplier holds) {
        Check check = new Check(token, gone, holds, vertx.getOrCreateContext(), Promise.promise());
        boolean startsWorker;
        synchronized (waiting) {
            if (!makeRoom(check, client)) {
                return Future.succeededFuture(Optional.empty());
            }
            Line line = waiting.computeIfAbsent(client, first -> new Line());
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
            Line own = waiting.get(client);
            long ownBytes = check.bytes() + (own == null ? 0 : own.bytes);
            long share = bytes / (waiting.size() + (own == null ? 1 : 0));
            Iterator<Map.Entry<String, Line>> lines = waiting.entrySet().iterator();
            boolean displaced = false;
            while (ownBytes < share && lines.hasNext() && !displaced) {
                Line other = lines.next().getValue();
                // More than the newcomer will have, or both would displace each other for ever.
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

    private void displaceLast(Line line) {
        Check last = line.checks.removeLast();
        line.bytes -= last.bytes();
        bytes -= last.bytes();
        last.reply(Optional.empty());
    }

    private void submit() {
        // One signature each time, so that nothing that shares the thread waits for long.
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

    /** The next one in turn; without one, this worker ends. */
    private @Nullable Check take() {
        synchronized (waiting) {
            if (waiting.isEmpty()) {
                running--;
                return null;
            }
            Map.Entry<String, Line> first = waiting.entrySet().iterator().next();
            String client = first.getKey();
            Line line = first.getValue();
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

    /** How many wait. */
    int size() {
        synchronized (waiting) {
            return waiting.values().stream()
                    .mapToInt(line -> line.checks.size())
                    .sum();
        }
    }
}
