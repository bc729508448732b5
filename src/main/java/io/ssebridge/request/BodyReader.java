package io.ssebridge.request;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.WebServerRequest;
import java.time.Duration;
import java.util.Optional;

/** Reads the bodies of requests, with a bound on their size and on the time. */
public final class BodyReader {
    private static final Duration BODY_TIMEOUT = Duration.ofSeconds(30);
    private static final int INFLATED_BYTES = 8 << 10;

    private final Vertx vertx;
    private final int maxBytes;
    private final Duration timeout;

    /**
     * Creates a reader.
     *
     * @param vertx runs its timers
     * @param maxBytes the bound on the size of a body
     */
    public BodyReader(Vertx vertx, int maxBytes) {
        this(vertx, maxBytes, BODY_TIMEOUT);
    }

    BodyReader(Vertx vertx, int maxBytes, Duration timeout) {
        this.vertx = vertx;
        this.maxBytes = maxBytes;
        this.timeout = timeout;
    }

    /**
     * Reads the body of a request. Called on its event loop, either before any other step or after {@link
     * HttpServerRequest#pause}.
     *
     * @return the body; fails with a {@link Problem} if it is too large, too slow or broken
     */
    public Future<Buffer> read(HttpServerRequest request) {
        return read(request, new BodyBudget(Long.MAX_VALUE), ContentCoding.IDENTITY);
    }

    /**
     * Reads the body of a request, like {@link #read(HttpServerRequest)}.
     *
     * @param budget counts the body until the response has ended
     * @param coding how the body is compressed; the bound on its size also holds for its bytes after decompression
     * @return the body, decompressed; also fails with a {@link Problem} if the budget has no room for it
     */
    public Future<Buffer> read(HttpServerRequest request, BodyBudget budget, ContentCoding coding) {
        Promise<Buffer> body = Promise.promise();
        IncomingBody incoming = new IncomingBody(request, body, coding);
        Optional<Buffer> before = readBefore(request);
        if (before.isPresent()) {
            incoming.addAll(before.get());
            return body.future();
        }
        BodyBudget.Share share =
                budget.share(() -> incoming.refuse(Problem.tooMany("too many bodies are read at the same time")));
        Future<Buffer> read = read(request, body, share, incoming);
        // The body is complete before its publishing begins. Its bytes are released when the request is answered, or
        // when the client has disconnected.
        read.onSuccess(complete -> share.complete()).onFailure(refused -> share.giveBack());
        // Not its endHandler, which the deadlines of heads have.
        request.response().bodyEndHandler(answered -> share.giveBack());
        request.response().closeHandler(gone -> share.giveBack());
        return read;
    }

    private Future<Buffer> read(
            HttpServerRequest request, Promise<Buffer> body, BodyBudget.Share share, IncomingBody incoming) {
        long timer = vertx.setTimer(timeout.toMillis(), late -> {
            if (body.future().isComplete()) {
                // The body was refused earlier, and the client is still sending.
                request.connection().close();
            } else {
                incoming.refuse(Problem.timeout());
            }
        });
        request.handler(chunk -> {
            try {
                share.take(incoming.add(chunk));
            } catch (Problem wrong) {
                incoming.refuse(wrong);
            }
        });
        // The body was cut off, or its chunks are malformed. This is the client's fault, and does not belong in our
        // log.
        request.exceptionHandler(broken -> {
            vertx.cancelTimer(timer);
            incoming.refuse(Problem.malformed(broken));
        });
        request.endHandler(end -> {
            vertx.cancelTimer(timer);
            incoming.complete();
        });
        if (declaredBytes(request) > incoming.maxArrivingBytes()) {
            incoming.refuse(tooLarge());
        } else {
            askFor(request).onFailure(body::tryFail);
        }
        incoming.inflater.ifPresent(each -> share.take(GzipInflater.BYTES));
        request.resume();
        return body.future();
    }

    /** Asks the client for the body, if it waits for that. */
    public static Future<Void> askFor(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true)
                ? request.response().writeContinue()
                : Future.succeededFuture();
    }

    /** Returns the body of a request, if a handler of the application has read it before. */
    public static Optional<Buffer> readBefore(HttpServerRequest request) {
        if (request instanceof WebServerRequest web
                && web.routingContext().body().available()) {
            Buffer body = web.routingContext().body().buffer();
            return Optional.of(body == null ? Buffer.buffer() : body);
        }
        return Optional.empty();
    }

    /** A body that is arriving. Vert.x holds on to it until the request ends, which may be long after its refusal. */
    private final class IncomingBody {
        private final HttpServerRequest request;
        private final Promise<Buffer> body;
        private final Optional<GzipInflater> inflater;
        private Buffer bytes = Buffer.buffer();
        private long arrivedBytes;

        private IncomingBody(HttpServerRequest request, Promise<Buffer> body, ContentCoding coding) {
            this.request = request;
            this.body = body;
            this.inflater = coding == ContentCoding.GZIP ? Optional.of(new GzipInflater()) : Optional.empty();
        }

        /** Returns how many bytes may arrive: gzip adds a little to bytes that it cannot make smaller. */
        private long maxArrivingBytes() {
            return inflater.isPresent() ? maxBytes + maxBytes / 64 + 1_024L : maxBytes;
        }

        /**
         * Takes a piece.
         *
         * @return the number of its bytes, decompressed
         * @throws Problem if it does not fit, or is malformed
         */
        private int add(Buffer piece) {
            arrivedBytes += piece.length();
            if (arrivedBytes > maxArrivingBytes()) {
                throw tooLarge();
            }
            if (inflater.isEmpty()) {
                bytes.appendBuffer(piece);
                return piece.length();
            }
            int before = bytes.length();
            inflater.get().add(piece.getBytes());
            byte[] inflated = new byte[INFLATED_BYTES];
            for (int read = inflater.get().read(inflated);
                    read > 0;
                    read = inflater.get().read(inflated)) {
                if (bytes.length() + read > maxBytes) {
                    throw tooLarge();
                }
                bytes.appendBytes(inflated, 0, read);
            }
            return bytes.length() - before;
        }

        /** Takes a whole body. */
        private void addAll(Buffer whole) {
            try {
                int unused = add(whole);
                complete();
            } catch (Problem wrong) {
                refuse(wrong);
            }
        }

        /** Drops the received bytes and all later ones: if the connection were closed at once, the answer might be lost. */
        private void refuse(Problem why) {
            bytes = Buffer.buffer();
            inflater.ifPresent(GzipInflater::end);
            if (!request.isEnded()) {
                request.handler(rest -> {});
            }
            body.tryFail(why);
        }

        private void complete() {
            if (inflater.isPresent()
                    && !body.future().isComplete()
                    && !inflater.get().isWhole()) {
                refuse(GzipInflater.malformed());
                return;
            }
            Buffer all = bytes;
            bytes = Buffer.buffer();
            inflater.ifPresent(GzipInflater::end);
            body.tryComplete(all);
        }
    }

    private static long declaredBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length);
    }

    private Problem tooLarge() {
        return Problem.tooLarge("body: more than %d bytes".formatted(maxBytes));
    }
}
