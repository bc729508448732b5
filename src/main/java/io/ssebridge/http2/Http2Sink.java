package io.ssebridge.http2;

import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * Writes encoded events as the body of a response of HTTP/2. The streams of a connection share its socket, but each has a window of its
 * own: a client that does not read one of them stops this one only.
 *
 * <p>The sink is writable if the socket has taken all that was written before. So nothing queues here, and the bytes of a write
 * count as stalled until they are out.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
public final class Http2Sink implements EventSink {
    private final Vertx vertx;
    private final HttpServerRequest request;
    private final HttpServerResponse response;
    private final Duration patience;
    private Runnable writable = () -> {};
    private int unsent;
    private boolean ending;

    /**
     * Creates a sink for a response after its head has been sent.
     *
     * @param vertx runs the node
     * @param request the request; its headers are forgotten, so that they take no memory while the stream is open
     * @param patience how long the last bytes may wait for their client when the stream ends
     */
    public Http2Sink(Vertx vertx, HttpServerRequest request, Duration patience) {
        this.vertx = vertx;
        this.request = request;
        this.response = request.response();
        this.patience = patience;
        Http2Connections.forgetHead(request);
    }

    @Override
    public boolean isWritable() {
        return unsent == 0;
    }

    @Override
    public void onWritable(Runnable handler) {
        writable = handler;
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
        unsent++;
        // A failed write is followed by the close handler, which does all that is needed.
        response.write(batch.toBuffer()).onSuccess(sent -> {
            if (--unsent == 0) {
                sentAll();
            }
        });
    }

    private void sentAll() {
        if (ending) {
            finish();
        } else {
            writable.run();
        }
    }

    @Override
    public boolean copies() {
        return true;
    }

    /** Ends the response when all is sent: an end that waits for the client could not be taken back. */
    @Override
    public void end() {
        ending = true;
        if (unsent == 0) {
            finish();
        }
        if (!response.closed()) {
            vertx.setTimer(patience.toMillis(), late -> {
                if (!response.closed()) {
                    abort();
                }
            });
        }
    }

    private void finish() {
        if (!response.ended() && !response.closed()) {
            response.end();
        }
    }

    @Override
    public void abort() {
        Http2Streams.reset(request);
    }
}
