package io.ssebridge.request;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.WebServerRequest;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Reads the bodies of requests, with a bound on their size and on the time. */
public final class BodyReader {
    private static final Duration BODY_TIMEOUT = Duration.ofSeconds(30);

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
        return read(request, new BodyBudget(Long.MAX_VALUE));
    }

    /**
     * Reads the body of a request, like {@link #read(HttpServerRequest)}.
     *
     * @param budget counts the body until the response has ended
     * @return the body; also fails with a {@link Problem} if the budget has no room for it
     */
    public Future<Buffer> read(HttpServerRequest request, BodyBudget budget) {
        if (request instanceof WebServerRequest web
                && web.routingContext().body().available()) {
            return alreadyRead(web.routingContext().body().buffer());
        }
        Promise<Buffer> body = Promise.promise();
        IncomingBody incoming = new IncomingBody(request, body);
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
            if (incoming.add(chunk)) {
                share.take(chunk.length());
            } else {
                incoming.refuse(tooLarge());
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
        if (declaredBytes(request) > maxBytes) {
            incoming.refuse(tooLarge());
        } else if (expectsContinue(request)) {
            request.response().writeContinue().onFailure(body::tryFail);
        }
        request.resume();
        return body.future();
    }

    /** A body that is arriving. Vert.x holds on to it until the request ends, which may be long after its refusal. */
    private final class IncomingBody {
        private final HttpServerRequest request;
        private final Promise<Buffer> body;
        private Buffer bytes = Buffer.buffer();

        private IncomingBody(HttpServerRequest request, Promise<Buffer> body) {
            this.request = request;
            this.body = body;
        }

        /** Takes a piece, if it fits. */
        private boolean add(Buffer chunk) {
            boolean fits = bytes.length() + chunk.length() <= maxBytes;
            if (fits) {
                bytes.appendBuffer(chunk);
            }
            return fits;
        }

        /** Drops the received bytes and all later ones: if the connection were closed at once, the answer might be lost. */
        private void refuse(Problem why) {
            bytes = Buffer.buffer();
            if (!request.isEnded()) {
                request.handler(rest -> {});
            }
            body.tryFail(why);
        }

        private void complete() {
            Buffer all = bytes;
            bytes = Buffer.buffer();
            body.tryComplete(all);
        }
    }

    /** Takes a body that a handler of the application has read before. */
    private Future<Buffer> alreadyRead(@Nullable Buffer body) {
        Buffer all = body == null ? Buffer.buffer() : body;
        return all.length() > maxBytes ? Future.failedFuture(tooLarge()) : Future.succeededFuture(all);
    }

    private static long declaredBytes(HttpServerRequest request) {
        String length = request.getHeader(HttpHeaders.CONTENT_LENGTH);
        return length == null ? 0 : Long.parseLong(length);
    }

    private static boolean expectsContinue(HttpServerRequest request) {
        return request.headers().contains(HttpHeaders.EXPECT, HttpHeaders.CONTINUE, true);
    }

    private Problem tooLarge() {
        return Problem.tooLarge("body: more than %d bytes".formatted(maxBytes));
    }
}
