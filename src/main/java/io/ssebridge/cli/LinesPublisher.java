package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.parsetools.RecordParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.ConnectException;
import java.nio.charset.CharacterCodingException;
import java.time.Duration;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;

/**
 * Publishes lines of JSON in one request, as they come, and tells which of them were refused. It sends no faster than the node
 * acknowledges. Owner: the thread that runs it; another thread reads the lines, and answers come on an event loop.
 */
final class LinesPublisher {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(2);
    private static final int PIECE_CHARS = 16 << 10;
    private static final String TYPE = "application/x-ndjson";
    private static final int OK = 200;

    private final NodeClient node;
    private final PrintWriter out;
    private final PrintWriter err;
    // The numbers of the lines that were sent and not answered. Any thread.
    private final Queue<Long> unanswered = new ConcurrentLinkedQueue<>();
    private volatile String badInput = "";
    // On the event loop only, and read when it is over.
    private long published;
    private long repeated;
    private long refused;
    private String lastWord = "";
    private long reportedNanos = System.nanoTime();

    LinesPublisher(NodeClient node, PrintWriter out, PrintWriter err) {
        this.node = node;
        this.out = out;
        this.err = err;
    }

    /**
     * Publishes all lines, and prints how many.
     *
     * @throws ConfigException if the node refuses, or not all lines were published
     */
    void run(String channel, BufferedReader lines) throws InterruptedException {
        Vertx vertx = Vertx.vertx();
        try {
            Context loop = vertx.getOrCreateContext();
            HttpClient http =
                    vertx.createHttpClient(new HttpClientOptions().setConnectTimeout((int) CONNECT_TIMEOUT.toMillis()));
            Future<Void> answered = on(
                    loop,
                    () -> http.request(node.post("/publish?channel=" + NodeClient.encoded(channel), TYPE))
                            .compose(request -> send(loop, request, lines)));
            CompletableFuture<Void> end = answered.toCompletionStage().toCompletableFuture();
            end.get();
        } catch (ExecutionException e) {
            throw failure(Objects.requireNonNullElse(e.getCause(), e));
        } finally {
            vertx.close().await();
        }
        if (!lastWord.isEmpty() || !unanswered.isEmpty()) {
            throw unfinished(lastWord.isEmpty() ? "the node has ended its answer" : lastWord);
        }
        out.println(report());
        if (refused > 0) {
            throw new ConfigException("%d lines were refused (expected: see above)".formatted(refused));
        }
    }

    private static Future<Void> on(Context loop, Supplier<Future<Void>> step) {
        Promise<Void> done = Promise.promise();
        loop.runOnContext(
                now -> Future.succeededFuture().compose(ready -> step.get()).onComplete(done));
        return done.future();
    }

    private Future<Void> send(Context loop, HttpClientRequest request, BufferedReader lines) {
        // The answer fails too, and says why.
        request.exceptionHandler(failure -> {});
        Future<Void> answered = request.setChunked(true).response().compose(this::read);
        // The first line takes the head along.
        Thread reader = new Thread(() -> copy(loop, lines, request), "lines");
        // It may wait for a line that never comes, when the node has ended the request.
        reader.setDaemon(true);
        reader.start();
        return answered;
    }

    /** Sends the lines; a piece goes out when it is large, or when no more input is there. */
    private void copy(Context loop, BufferedReader lines, HttpClientRequest request) {
        try {
            StringBuilder piece = new StringBuilder();
            long number = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                number++;
                if (!line.isBlank()) {
                    unanswered.add(number);
                    piece.append(line).append('\n');
                }
                if (piece.length() >= PIECE_CHARS || !lines.ready()) {
                    write(loop, request, piece);
                }
            }
            write(loop, request, piece);
            on(loop, request::end).await();
        } catch (CharacterCodingException e) {
            stop(loop, request, "the input is not UTF-8");
        } catch (IOException e) {
            stop(loop, request, "the input cannot be read: " + e.getMessage());
        } catch (Exception e) {
            // The answer fails too.
            loop.runOnContext(now -> request.reset());
        }
    }

    private static void write(Context loop, HttpClientRequest request, StringBuilder piece) {
        if (!piece.isEmpty()) {
            Buffer bytes = Buffer.buffer(piece.toString());
            on(loop, () -> request.write(bytes)).await();
            piece.setLength(0);
        }
    }

    private void stop(Context loop, HttpClientRequest request, String why) {
        badInput = why;
        loop.runOnContext(now -> request.reset());
    }

    private Future<Void> read(HttpClientResponse response) {
        if (response.statusCode() != OK) {
            return response.body()
                    .compose(body -> Future.failedFuture(node.refusal(response.statusCode(), body.toString())));
        }
        Promise<Void> end = Promise.promise();
        RecordParser answers = RecordParser.newDelimited("\n", response);
        answers.exceptionHandler(end::tryFail);
        answers.endHandler(ended -> end.tryComplete());
        answers.handler(line -> {
            try {
                answered(new JsonObject(line));
            } catch (DecodeException e) {
                end.tryFail(new ConfigException("an answer is not JSON (expected: the URL of a node)", e));
            }
        });
        return end.future();
    }

    private void answered(JsonObject answer) {
        int status = answer.getInteger("status", 0);
        if (!answer.containsKey("channel") && status >= 400) {
            lastWord = node.problem(status, answer.encode());
            return;
        }
        String number = String.valueOf(unanswered.poll());
        if (status == OK) {
            repeated++;
        } else if (status < 400) {
            published++;
        } else {
            refused++;
            err.println(OneLine.of("line %s: %s".formatted(number, node.problem(status, answer.encode()))));
        }
        long nowNanos = System.nanoTime();
        if (nowNanos - reportedNanos > BETWEEN_REPORTS.toNanos()) {
            reportedNanos = nowNanos;
            err.println(report());
        }
    }

    private String report() {
        return "published %d, published before %d, refused %d".formatted(published, repeated, refused);
    }

    private ConfigException failure(Throwable cause) {
        if (!badInput.isEmpty()) {
            return unfinished(badInput);
        }
        if (cause instanceof ConnectException e) {
            return node.unreachable(e);
        }
        // The node refuses the request as a whole.
        return cause instanceof ConfigException refusal ? refusal : unfinished(String.valueOf(cause.getMessage()));
    }

    private ConfigException unfinished(String why) {
        Long next = unanswered.peek();
        return new ConfigException("%s; %s (expected: publish the lines %s again)"
                .formatted(why, report(), next == null ? "that follow" : "from %d on".formatted(next)));
    }
}
