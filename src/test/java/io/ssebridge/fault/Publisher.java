package io.ssebridge.fault;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;

/**
 * Publishes one event after another, each with a key, and goes on to the next when it is acknowledged; until then it tries again on
 * another node.
 */
public final class Publisher implements AutoCloseable {
    private static final Duration ANSWER = Duration.ofSeconds(4);
    private static final Duration GIVE_UP = Duration.ofSeconds(60);
    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(20);

    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(1))
            .build();
    private final int id;
    private final int channels;
    private final Ledger ledger;
    private final Function<String, URI> next;
    private final Function<URI, Map<String, String>> headers;
    private final Duration pace;
    private final ScheduledExecutorService thread;
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final List<String> retries = new CopyOnWriteArrayList<>();
    // Touched by the thread alone.
    private int number;
    private long begun;
    private long due = System.nanoTime();
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
        this(id, channels, ledger, next, node -> Map.of(), pace);
    }

    /**
     * Begins to publish, to all channels in turn.
     *
     * @param id its number
     * @param channels how many channels there are
     * @param ledger where it enters the acknowledged events
     * @param next an address on another node
     * @param headers further headers of a request to a node
     * @param pace between the beginnings of two events
     */
    public Publisher(
            int id,
            int channels,
            Ledger ledger,
            Function<String, URI> next,
            Function<URI, Map<String, String>> headers,
            Duration pace) {
        this.id = id;
        this.channels = channels;
        this.ledger = ledger;
        this.next = next;
        this.headers = headers;
        this.pace = pace;
        this.thread = Executors.newSingleThreadScheduledExecutor(task -> {
            Thread publisher = new Thread(task, "publisher " + id);
            publisher.setDaemon(true);
            return publisher;
        });
        after(0, this::begin);
    }

    /** Stops by itself after this number of events. */
    Publisher most(int count) {
        most = count;
        return this;
    }

    /** Takes a step later, and none more if that goes wrong. */
    private void after(long nanos, Runnable step) {
        Future<?> unused = thread.schedule(
                () -> {
                    try {
                        step.run();
                    } catch (AssertionError e) {
                        failure = "publisher %d: %s".formatted(id, e.getMessage());
                        end();
                    }
                },
                nanos,
                TimeUnit.NANOSECONDS);
    }

    private void end() {
        done.complete(null);
        thread.shutdown();
    }

    private void begin() {
        turn();
        next();
    }

    private void next() {
        if (stopping || number >= most) {
            end();
            return;
        }
        begun = System.nanoTime();
        ledger.begun(Ledger.code(id, number));
        attempt();
    }

    private void turn() {
        node = next.apply("/");
    }

    private void attempt() {
        String why = publish((id + number) % channels);
        long now = System.nanoTime();
        if (why.isEmpty()) {
            longestStallNanos = Math.max(longestStallNanos, now - begun);
            number++;
            due = Math.max(due + pace.toNanos(), now - pace.toNanos());
            after(Math.max(0, due - now), this::next);
            return;
        }
        if (now - begun > GIVE_UP.toNanos()) {
            throw new AssertionError("not acknowledged within %s: %d; %s".formatted(GIVE_UP, number, why));
        }
        retries.add("%d/%d at %s: %s".formatted(id, number, node, why));
        turn();
        after(BETWEEN_ATTEMPTS.toNanos(), this::attempt);
    }

    /** Publishes once, and answers why that was in vain; nothing: it is acknowledged. */
    private String publish(int channel) {
        String body = new JsonObject()
                .put("data", Ledger.data(channel, id, number))
                .put("key", ledger.run() + "-" + id + "-" + number)
                .encode();
        try {
            HttpRequest.Builder request = HttpRequest.newBuilder(node.resolve("/publish/" + Ledger.channel(channel)))
                    .timeout(ANSWER)
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(body));
            headers.apply(node).forEach(request::header);
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() == 201 || answer.statusCode() == 200) {
                ledger.acknowledged(
                        channel, Ledger.code(id, number), new JsonObject(answer.body()).getLong("sequence"));
                return "";
            }
            String why = answer.statusCode() + " " + answer.body();
            if (answer.statusCode() / 100 == 4 && answer.statusCode() != 429) {
                throw new AssertionError(why);
            }
            return why;
        } catch (IOException e) {
            return e.toString();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** The longest time between publishing an event and its acknowledgement. */
    public Duration longestStall() {
        return Duration.ofNanos(longestStallNanos);
    }

    /** Forgets the longest stall and starts again. */
    Duration takeLongestStall() {
        Duration longest = longestStall();
        longestStallNanos = 0;
        return longest;
    }

    /** Why it gave up; empty: it did not. */
    public String failure() {
        return failure;
    }

    /** Why events were published more than once. */
    public List<String> retries() {
        return List.copyOf(retries);
    }

    /** Waits until it has published all. */
    void await(Duration patience) {
        try {
            done.get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new AssertionError("publisher %d is not done within %s".formatted(id, patience), e);
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    /** Publishes the events that it has begun, and no more. */
    @Override
    public void close() {
        stopping = true;
        await(GIVE_UP.plusSeconds(5));
    }
}
