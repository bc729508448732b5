package io.ssebridge.http;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/** Reads a request's body up to a bound, in size and in time. */
final class BodyReader {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private BodyReader() {}

    /**
     * Reads the body; to be called before anything else happens, on the request's event loop.
     *
     * @return failed with a {@link Problem} if it is too large or too slow
     */
    static Future<Buffer> read(Vertx vertx, HttpServerRequest request, int maxBytes) {
        Promise<Buffer> body = Promise.promise();
        Buffer bytes = Buffer.buffer();
        long timer = vertx.setTimer(PATIENCE.toMillis(), late -> {
            if (!body.tryFail(Problem.timeout())) {
                // Refused long ago, and still sending.
                request.connection().close();
            }
        });
        request.handler(chunk -> {
            if (bytes.length() + chunk.length() <= maxBytes) {
                bytes.appendBuffer(chunk);
            } else {
                // What still comes is dropped: closed at once, the connection might take the answer with it.
                request.handler(rest -> {});
                body.tryFail(Problem.tooLarge("body: more than %d bytes".formatted(maxBytes)));
            }
        });
        request.exceptionHandler(gone -> {
            vertx.cancelTimer(timer);
            body.tryFail(gone);
        });
        request.endHandler(end -> {
            vertx.cancelTimer(timer);
            body.tryComplete(bytes);
        });
        return body.future();
    }
}
