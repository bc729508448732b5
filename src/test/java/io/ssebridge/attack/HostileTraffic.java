package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import io.ssebridge.attack.HostileRequest.End;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Sends many hostile requests over HTTP/1.1 to one node, from several threads. Each of them has one connection at a time. */
final class HostileTraffic {
    private static final int THREADS = 6;
    private static final Duration PATIENCE = Duration.ofSeconds(5);
    // The node may wait for more bytes of a request that has no end.
    private static final Duration SHORT_PATIENCE = Duration.ofMillis(20);
    private static final int MOST_WRONGS = 10;
    private static final int NOT_IMPLEMENTED = 501;
    private static final int UNAVAILABLE = 503;
    private static final int CONTINUE = 100;

    private final Victim victim;
    private final long seed;
    private final Map<String, Integer> answers = new ConcurrentSkipListMap<>();
    private final List<String> wrongs = new CopyOnWriteArrayList<>();

    /**
     * Prepares the requests.
     *
     * @param victim the node
     * @param seed of all requests
     */
    HostileTraffic(Victim victim, long seed) {
        this.victim = victim;
        this.seed = seed;
    }

    /**
     * Sends requests, and returns when all are sent.
     *
     * @param first the number of the first one
     * @param count how many
     */
    void run(int first, int count) {
        AtomicInteger next = new AtomicInteger(first);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int index = i;
            Thread thread = new Thread(() -> new Client(index).run(next, first + count), "hostile " + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }

    /** The wrong answers, each with its request. */
    List<String> wrongs() {
        return List.copyOf(wrongs);
    }

    /** How often each kind of request got each status. */
    Map<String, Integer> answers() {
        return answers;
    }

    private void count(HostileRequest request, String answer) {
        answers.merge(request.kind() + " " + answer, 1, Integer::sum);
    }

    private void wrong(int number, HostileRequest request, String what) {
        if (wrongs.size() < MOST_WRONGS) {
            wrongs.add("%s: request %d (%s)".formatted(what, number, request.excerpt()));
        }
    }

    /** One thread with its connection. */
    private final class Client {
        private final int index;
        private @Nullable HostileConnection connection;

        private Client(int index) {
            this.index = index;
        }

        private void run(AtomicInteger next, int end) {
            for (int number = next.getAndIncrement(); number < end; number = next.getAndIncrement()) {
                HostileRequest request = HostileRequest.of(seed, number, victim.authority(), victim.bearer());
                try {
                    send(number, request);
                } catch (IOException e) {
                    // The node has ended the connection, or waits for more.
                    count(request, "-");
                    leave();
                } catch (AssertionError e) {
                    wrong(number, request, String.valueOf(e.getMessage()));
                    leave();
                }
            }
            leave();
        }

        private void send(int number, HostileRequest request) throws IOException {
            HostileConnection now = connection;
            if (now == null || request.end() != End.GO_ON) {
                leave();
                now = new HostileConnection(
                        InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (2 + index)}), victim.uri());
                connection = now;
            }
            now.patience(request.end() == End.GO_ON ? PATIENCE : SHORT_PATIENCE).send(request.bytes());
            if (request.end() == End.RESET) {
                count(request, "left");
                leave();
                return;
            }
            if (request.end() == End.FINISH) {
                now.finish();
            }
            boolean goesOn = true;
            for (int i = 0; i < request.answers() && goesOn; i++) {
                Answer answer = now.answer();
                if (answer.status() == CONTINUE) {
                    count(request, "100");
                    answer = now.answer();
                }
                check(number, request, answer);
                goesOn = !answer.isStream() && !answer.isLast();
            }
            if (!goesOn || request.end() != End.GO_ON) {
                leave();
            }
        }

        private void check(int number, HostileRequest request, Answer answer) {
            count(request, Integer.toString(answer.status()));
            int status = answer.status();
            if (status >= 500 && status != UNAVAILABLE && status != NOT_IMPLEMENTED) {
                wrong(number, request, "status " + status);
            }
            if (answer.headers().getOrDefault("content-type", "").startsWith("application/problem+json")) {
                try {
                    var unused = new JsonObject(answer.body());
                } catch (DecodeException e) {
                    wrong(number, request, "the body of status " + status + " is not JSON");
                }
            }
        }

        private void leave() {
            HostileConnection now = connection;
            connection = null;
            if (now != null) {
                try {
                    now.reset();
                } catch (IOException e) {
                    throw new AssertionError("a socket cannot be closed", e);
                }
            }
        }
    }
}
