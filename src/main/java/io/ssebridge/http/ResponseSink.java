package io.ssebridge.http;

import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;

/**
 * Writes encoded events as the body of a Vert.x response, for every version of HTTP.
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
        if (response.isChunked() || request.version() == HttpVersion.HTTP_2) {
            response.end();
        } else {
            // Without chunks, only the end of the connection ends a stream. Later bytes would be taken for part of it.
            request.connection().close();
        }
    }

    @Override
    public void abort() {
        // From the handler of Vert.x on: close() of the connection would first wait for bytes that the client does not
        // read.
        var unused =
                ((ConnectionBase) request.connection()).channelHandlerContext().close();
    }
}
