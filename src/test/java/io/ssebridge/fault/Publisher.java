package io.ssebridge.fault;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Publishes one event after another, each with a key, and goes on to the next when it is acknowledged; until then it tries again on
 * another node.
 */
final class Publisher implements AutoCloseable {
    private static final Duration ANSWER = Duration.ofSeconds(4);
    private static final Duration GIVE_UP = Duration.ofSeconds(60);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(1))
            .build();
    private final int id;
    private final int channels;
    private final Ledger ledger;
    private final Function<String, URI> next;
    private final Duration pace;
    private final Thread thread;
    private final List<String> retries = new ArrayList<>();
    private URI node = URI.create("http://127.0.0.1/");
    private volatile boolean stopping;
    private volatile long longestStallNanos;
    private volatile int most = Integer.MAX_VALUE;
    private volatile String failure = "";

    /**
     * Begins to publish, to all channels in turn.
     *
     * @param next an address on another node
     * @param pace between the beginnings of two events
     */
    Publisher(int id, int channels, Ledger ledger, Function<String, URI> next, Duration pace) {
        this.id = id;
        this.channels = channels;
        this.ledger = ledger;
        this.next = next;
        this.pace = pace;
        this.thread = new Thread(this::run, "publisher " + id);
        thread.setDaemon(true);
        thread.start();
    }

    /** Stops by itself after so many events. */
    Publisher most(int count) {
        most = count;
        return this;
    }

    private void run() {
        try {
            turn();
            long due = System.nanoTime();
            for (int number = 0; !stopping && number < most; number++) {
                long begun = System.nanoTime();
                publish((id + number) % channels, number);
                longestStallNanos = Math.max(longestStallNanos, System.nanoTime() - begun);
                due = Math.max(due + pace.toNanos(), System.nanoTime() - pace.toNanos());
                long rest = due - System.nanoTime();
                if (rest > 0) {
                    Thread.sleep(rest / 1_000_000, (int) (rest % 1_000_000));
                }
            }
        } catch (InterruptedException | AssertionError e) {
            failure = "publisher %d: %s".formatted(id, e.getMessage());
        }
    }

    private void turn() {
        node = next.apply("/");
    }

    private void publish(int channel, int number) throws InterruptedException {
        String body = new JsonObject()
                .put("data", Ledger.data(channel, id, number))
                .put("key", ledger.run() + "-" + id + "-" + number)
                .encode();
        long deadline = System.nanoTime() + GIVE_UP.toNanos();
        while (System.nanoTime() < deadline) {
            String why;
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(node.resolve("/publish/" + Ledger.channel(channel)))
                                .timeout(ANSWER)
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(body))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() == 201 || answer.statusCode() == 200) {
                    ledger.acknowledged(
                            channel, Ledger.code(id, number), new JsonObject(answer.body()).getLong("sequence"));
                    return;
                }
                why = answer.statusCode() + " " + answer.body();
                if (answer.statusCode() / 100 == 4 && answer.statusCode() != 429) {
                    throw new AssertionError(why);
                }
                Thread.sleep(20);
            } catch (IOException e) {
                why = e.toString();
            }
            retries.add("%d/%d at %s: %s".formatted(id, number, node, why));
            turn();
        }
        throw new AssertionError(
                "not acknowledged within %s: %d; %s".formatted(GIVE_UP, number, retries.get(retries.size() - 1)));
    }

    Duration longestStall() {
        return Duration.ofNanos(longestStallNanos);
    }

    /** From now on looks for the longest stall anew. */
    Duration takeLongestStall() {
        Duration longest = longestStall();
        longestStallNanos = 0;
        return longest;
    }

    String failure() {
        return failure;
    }

    /** Why events were published more than once. */
    List<String> retries() {
        return List.copyOf(retries);
    }

    /** Waits until it has published all. */
    void await(Duration patience) {
        try {
            thread.join(patience.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        if (thread.isAlive()) {
            throw new AssertionError("publisher %d is not done within %s".formatted(id, patience));
        }
    }

    /** Publishes what it has begun, and no more. */
    @Override
    public void close() {
        stopping = true;
        await(GIVE_UP.plusSeconds(5));
    }
}
