package io.ssebridge.http;

import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.Frames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;

/**
 * Writes frames as the body of a response of Vert.x, whatever the protocol.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class ResponseSink implements EventSink {
    // The least with which a response is ever writable: nothing queues in it, a write that is larger still fits.
    private static final int WRITE_QUEUE_BYTES = 2;

    private final HttpServerRequest request;
    private final HttpServerResponse response;

    /** Takes a response whose head is out. */
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
    public void write(Frames frames) {
        // A failed write is followed by the close handler: nothing to add to it here.
        response.write(frames.toBuffer());
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
            // Without chunks a stream ends with its connection, and what is written after it would be taken for more of
            // it.
            request.connection().close();
        }
    }

    @Override
    public void abort() {
        request.connection().close();
    }
}
