package io.ssebridge.http;

import io.ssebridge.http1.Sockets;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Writes encoded events as the body of a Vert.x response, for HTTP/1.0, and for HTTP/1.1 if the socket cannot be taken over.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class ResponseSink implements EventSink {
    // The smallest size with which a response can be writable. Then nothing queues in it, and a larger write still
    // fits.
    private static final int WRITE_QUEUE_BYTES = 2;

    private final HttpServerRequest request;
    private final HttpServerResponse response;

    /** Creates a sink for a response after its head has been sent. */
    ResponseSink(HttpServerRequest request) {
        this.request = request;
        this.response = request.response().setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
    }

    @Override
    public boolean isWritable() {
        return !response.writeQueueFull();
    }

    @Override
    public void onWritable(Runnable handler) {
        response.drainHandler(drained -> handler.run());
    }

    @Override
    public void onClose(Runnable handler) {
        if (response.closed()) {
            handler.run();
            return;
        }
        response.closeHandler(gone -> handler.run());
        response.exceptionHandler(broken -> handler.run());
    }

    @Override
    public void write(EncodedBatch batch) {
        // A failed write is followed by the close handler, which does all that is needed.
        response.write(batch.toBuffer());
    }

    @Override
    public boolean copies() {
        return true;
    }

    @Override
    public void end() {
        if (response.isChunked()) {
            response.end();
        } else {
            // Without chunks, only the end of the connection ends a stream. Later bytes would be taken for part of it.
            request.connection().close();
        }
    }

    @Override
    public void abort() {
        Sockets.abort(request.connection());
    }
}
