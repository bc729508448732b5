package io.ssebridge.http;

import io.ssebridge.event.EventEncoder;
import io.ssebridge.http1.SocketSink;
import io.ssebridge.http2.Http2Sink;
import io.ssebridge.http2.Http2Streams;
import io.ssebridge.request.Accept;
import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.GzipSink;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;

/**
 * The response that carries an event stream: its head, and the way of its bytes. These depend on the HTTP version and on the
 * coding that the client accepts.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class StreamResponse {
    // Small, since its bytes stay in memory even if the client never reads them; a larger frame still fits.
    private static final int WRITE_QUEUE_BYTES = 16 * 1024;

    // For tests, which check that both ways of writing a stream give the same result.
    private static final boolean PORTABLE = Boolean.getBoolean("io.ssebridge.portable");

    private final Context context;
    private final HttpServerRequest request;
    private final boolean compression;
    private final boolean compressed;
    private final Duration stalledTimeout;

    /**
     * Reads what the client accepts. Nothing is written.
     *
     * @param context the event loop
     * @param request the request for the stream
     * @param compression whether streams are compressed for clients that accept it
     * @param stalledTimeout how long a client of HTTP/2 may leave bytes untaken
     */
    StreamResponse(Context context, HttpServerRequest request, boolean compression, Duration stalledTimeout) {
        this.context = context;
        this.request = request;
        this.compression = compression;
        this.compressed = compression && isCompressed(request);
        this.stalledTimeout = stalledTimeout;
    }

    /** Tells whether a stream is compressed. A client of HTTP/1.0 cannot tell a cut from the end. */
    private static boolean isCompressed(HttpServerRequest request) {
        return request.version() != HttpVersion.HTTP_1_0
                && Accept.allowsGzip(request.headers().getAll(HttpHeaders.ACCEPT_ENCODING));
    }

    /** Answers a request for the head alone. */
    Future<Void> end() {
        head();
        return request.response().end();
    }

    /**
     * Writes the head and a first chunk: some clients treat a stream as open only after the first byte of its body.
     *
     * @return completes when both have been sent, which is after the responses to all earlier requests of the
     *     connection; false if the client has disconnected
     */
    Future<Boolean> sendHead() {
        Promise<Boolean> sent = Promise.promise();
        head();
        HttpServerResponse response = request.response();
        Buffer first = EventEncoder.comment();
        if (request.version() == HttpVersion.HTTP_2) {
            // A client may allow no byte of a body. Then it holds the slot of a stream that does not begin.
            abortLate(sent.future());
        }
        // A new task, so that no code of Vert.x or Netty is on the stack when the stream takes over the connection.
        response.write(compressed ? GzipSink.first(first) : first)
                .onComplete(written ->
                        context.runOnContext(next -> sent.complete(written.succeeded() && !response.closed())));
        return sent.future();
    }

    private void abortLate(Future<Boolean> sent) {
        long timer = context.owner().setTimer(stalledTimeout.toMillis(), late -> Http2Streams.abort(request));
        sent.onComplete(done -> {
            boolean unused = context.owner().cancelTimer(timer);
        });
    }

    private void head() {
        HttpServerResponse response = request.response();
        if (isTakenOver()) {
            // https://www.rfc-editor.org/rfc/rfc9112.html#name-tear-down
            response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE);
        } else if (request.version() == HttpVersion.HTTP_1_0) {
            // Only the end of the connection ends this response. Vert.x itself would promise to keep the connection
            // open.
            response.headersEndHandler(last -> response.putHeader(HttpHeaders.CONNECTION, HttpHeaders.CLOSE));
        }
        if (compression) {
            response.headers().add(HttpHeaders.VARY, HttpHeaders.ACCEPT_ENCODING);
        }
        if (compressed) {
            response.putHeader(HttpHeaders.CONTENT_ENCODING, "gzip");
        } else if (SocketSink.mayCompress(request)) {
            // A compressor per stream costs up to 260 kB, and streams could not share encoded events.
            response.putHeader(HttpHeaders.CONTENT_ENCODING, HttpHeaders.IDENTITY);
        }
        response.putHeader(HttpHeaders.CONTENT_TYPE, "text/event-stream")
                // no-transform: a proxy that compresses would delay events.
                .putHeader(HttpHeaders.CACHE_CONTROL, "no-cache, no-transform")
                // For nginx, which would otherwise buffer the stream.
                .putHeader("X-Accel-Buffering", "no")
                .setChunked(true)
                .setWriteQueueMaxSize(WRITE_QUEUE_BYTES);
    }

    /** Takes over the response, after the {@linkplain #sendHead head}. */
    EventSink sink() {
        EventSink plain = plainSink();
        return compressed ? new GzipSink(plain, EventEncoder.comment()) : plain;
    }

    private EventSink plainSink() {
        if (request.version() == HttpVersion.HTTP_2) {
            return new Http2Sink(context.owner(), request, stalledTimeout);
        }
        return isTakenOver() ? SocketSink.takeOver(request) : new ResponseSink(request);
    }

    private boolean isTakenOver() {
        return !PORTABLE && request.method().equals(HttpMethod.GET) && SocketSink.suits(request);
    }
}
