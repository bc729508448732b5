package io.ssebridge.attack;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.TestNode;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * Honest clients that come while the nodes are attacked: each opens a stream of a channel that is new, gets the event that is published there through
 * another node, and leaves. Between them they ask whether the nodes are well.
 */
final class Guests implements AutoCloseable {
    private static final Duration BETWEEN = Duration.ofMillis(300);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration JOIN = Duration.ofMinutes(2);
    private static final int MOST_FLAWS = 20;

    private final List<TestNode> nodes;
    private final Histogram visits = new Histogram(3);
    private final List<String> flaws = new ArrayList<>();
    private final Thread thread = new Thread(this::run, "guests");
    private int number;
    private volatile boolean stopping;

    /** Guests come from now on. */
    Guests(List<TestNode> nodes) {
        this.nodes = List.copyOf(nodes);
        thread.setDaemon(true);
        thread.start();
    }

    private void run() {
        while (!stopping) {
            TestNode node = nodes.get(number % nodes.size());
            TestNode other = nodes.get((number + 1) % nodes.size());
            number++;
            try {
                long begun = System.nanoTime();
                visit(node, other);
                visits.recordValue(Math.max(1, (System.nanoTime() - begun) / 1_000_000));
            } catch (AssertionError | UncheckedIOException e) {
                flaw("guest %d: %s".formatted(number, e));
            }
            Pause.of(BETWEEN);
        }
    }

    private void flaw(String what) {
        if (flaws.size() < MOST_FLAWS) {
            flaws.add(what.replace('\n', ' '));
        }
    }

    private void visit(TestNode node, TestNode other) {
        healthy(node, "/health/live");
        healthy(node, "/health/ready");
        String channel = "guest.n" + number;
        try (EventStreamReader reader = node.stream("/stream/" + channel)) {
            if (reader.status() != 200) {
                throw new AssertionError("a stream of %s: %d %s".formatted(channel, reader.status(), reader));
            }
            reader.await(event -> event.type().equals("stream-open"), PATIENCE);
            HttpResponse<String> answer = other.post("/publish/" + channel, "{\"data\": \"hello\"}");
            if (answer.statusCode() != 201) {
                throw new AssertionError(
                        "an event on %s: %d %s".formatted(channel, answer.statusCode(), answer.body()));
            }
            reader.await(event -> event.data().equals("hello"), PATIENCE);
            reader.reset();
        }
    }

    private void healthy(TestNode node, String path) {
        HttpResponse<String> answer = node.get(path);
        if (answer.statusCode() != 200) {
            flaw("%s before guest %d: %d %s".formatted(path, number, answer.statusCode(), answer.body()));
        }
    }

    /** How long a visit took, in milliseconds. */
    Histogram visits() {
        return visits;
    }

    /** The failures. After {@link #close}. */
    List<String> flaws() {
        return flaws;
    }

    /** Waits until the last guest has left. */
    @Override
    public void close() {
        stopping = true;
        try {
            thread.join(JOIN.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
