package io.ssebridge.http;

import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.Frames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;

/**
 * Writes frames as the body of a response of Vert.x, whatever the protocol.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class ResponseSink implements EventSink {
    private final HttpServerRequest request;
    private final HttpServerResponse response;

    /** Takes a response whose head is out. */
    ResponseSink(HttpServerRequest request) {
        this.request = request;
        this.response = request.response();
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
        response.closeHandler(gone -> handler.run());
        response.exceptionHandler(broken -> handler.run());
    }

    @Override
    public void write(Frames frames) {
        // A failed write is followed by the close handler: nothing to add to it here.
        response.write(frames.toBuffer());
    }

    @Override
    public void end() {
        response.end();
    }

    @Override
    public void abort() {
        request.connection().close();
    }
}
