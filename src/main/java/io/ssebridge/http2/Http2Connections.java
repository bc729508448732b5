package io.ssebridge.http2;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AttributeKey;
import io.ssebridge.http1.HeadBudget;
import io.ssebridge.http1.Sockets;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.impl.ConnectionBase;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of HTTP/2 of a server. A connection has many requests at once, so each may cost as much as many connections of
 * HTTP/1.1. What it can cost is bounded:
 *
 * <ul>
 *   <li>the number of its open requests and streams
 *   <li>the memory of the heads of its requests, which counts in the {@link HeadBudget} of the event loop
 *   <li>the time without any request, and the time in which it takes an answer that is complete
 *   <li>the number of streams that its client resets
 * </ul>
 *
 * <p><b>Owner:</b> the event loop of the server.
 */
public final class Http2Connections {
    /** The open requests and streams of one connection. */
    public static final int MAX_STREAMS = 256;

    private static final Logger LOG = LoggerFactory.getLogger(Http2Connections.class);
    private static final AttributeKey<Load> LOAD = AttributeKey.valueOf(Http2Connections.class, "load");
    private static final Duration UNREAD_LIMIT = Duration.ofMinutes(2);
    private static final int LOOKS_PER_DEADLINE = 4;
    // A page that is closed resets all its streams. A browser has one connection for all pages of an origin.
    private static final int MAX_RESETS = 1_000;
    private static final int RESETS_SECONDS = 30;
    // The memory of a head besides the text of its lines: of the request, and of each line.
    private static final int HEAD_BYTES = 1_000;
    private static final int HEADER_LINE_BYTES = 150;
    private static final long OPEN = Long.MAX_VALUE;

    private final HeadBudget heads;
    private final long headTimeoutMillis;
    private final NodeClock clock;
    private final Set<Load> loads = new LinkedHashSet<>();

    /**
     * Starts watching, with a timer that ends with the current context.
     *
     * @param vertx runs the server
     * @param heads bounds the heads of the event loop
     * @param headTimeout how long a connection may have no request
     * @param clock the time
     */
    public Http2Connections(Vertx vertx, HeadBudget heads, Duration headTimeout, NodeClock clock) {
        this.heads = heads;
        this.headTimeoutMillis = headTimeout.toMillis();
        this.clock = clock;
        vertx.setPeriodic(Math.max(1, headTimeoutMillis / LOOKS_PER_DEADLINE), now -> look());
    }

    /**
     * Sets the bounds of a server.
     *
     * @param options the options of the server
     * @param headBytes the largest head of a request
     */
    public static void bound(HttpServerOptions options, int headBytes) {
        options.setInitialSettings(
                        new Http2Settings().setMaxConcurrentStreams(MAX_STREAMS).setMaxHeaderListSize(headBytes))
                .setHttp2RstFloodMaxRstFramePerWindow(MAX_RESETS)
                .setHttp2RstFloodWindowDuration(RESETS_SECONDS)
                .setHttp2RstFloodWindowDurationTimeUnit(TimeUnit.SECONDS);
    }

    /** Tells whether a connection that has just opened speaks HTTP/2. */
    public static boolean isHttp2(HttpConnection connection) {
        return connection instanceof ConnectionBase base
                && base.channelHandlerContext().handler() instanceof Http2ConnectionHandler;
    }

    /** Takes a connection that has just opened. */
    public void opened(HttpConnection connection) {
        ChannelHandlerContext context = ((ConnectionBase) connection).channelHandlerContext();
        Load load = new Load(connection);
        context.channel().attr(LOAD).set(load);
        loads.add(load);
        ((Http2ConnectionHandler) context.handler()).connection().addListener(load);
        connection.exceptionHandler(Http2Connections::report);
        connection.closeHandler(gone -> {
            loads.remove(load);
            load.share.hold(0);
        });
    }

    /** Notes that the head of a request has arrived. */
    public void came(HttpServerRequest request) {
        Load load = load(request);
        if (load != null) {
            load.came(request);
        }
    }

    /** Forgets the headers of a request with an answer that does not end soon. */
    static void forgetHead(HttpServerRequest request) {
        Load load = load(request);
        // An application that serves the request by itself may still need its headers.
        if (load != null) {
            request.headers().clear();
            load.forgot(Math.toIntExact(request.streamId()));
        }
    }

    /** Makes known that memory is used up. All other failures are mistakes of the client, or its end. */
    private static void report(Throwable failure) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (each instanceof OutOfMemoryError) {
                LOG.error("No memory for data that a client sends", each);
                return;
            }
        }
    }

    private static @Nullable Load load(HttpServerRequest request) {
        Channel channel =
                ((ConnectionBase) request.connection()).channelHandlerContext().channel();
        return channel.attr(LOAD).get();
    }

    private void look() {
        long nowMillis = clock.elapsedMillis();
        List.copyOf(loads).forEach(load -> load.look(nowMillis));
    }

    /** The open requests of one connection. */
    private final class Load extends Http2ConnectionAdapter {
        private final HttpConnection connection;
        private final HeadBudget.Share share;
        private final Map<Integer, Head> open = new HashMap<>();
        private long idleSinceMillis = clock.elapsedMillis();
        private long bytes;

        private Load(HttpConnection connection) {
            this.connection = connection;
            this.share = heads.share(() -> Sockets.abort(connection));
        }

        private void came(HttpServerRequest request) {
            Head head = new Head(size(request));
            if (open.put(Math.toIntExact(request.streamId()), head) == null) {
                bytes += head.bytes;
            }
            request.response().endHandler(ended -> head.endedMillis = clock.elapsedMillis());
            share.hold(bytes);
        }

        private void forgot(int stream) {
            Head head = open.get(stream);
            if (head != null) {
                bytes -= head.bytes;
                head.bytes = 0;
                share.hold(bytes);
            }
        }

        /** The stream of a request has ended in both directions. */
        @Override
        public void onStreamRemoved(Http2Stream stream) {
            Head head = open.remove(stream.id());
            if (head != null) {
                bytes -= head.bytes;
                share.hold(bytes);
                if (open.isEmpty()) {
                    idleSinceMillis = clock.elapsedMillis();
                }
            }
        }

        private void look(long nowMillis) {
            if (open.isEmpty()) {
                if (nowMillis - idleSinceMillis >= headTimeoutMillis) {
                    connection.close();
                }
                return;
            }
            List<Integer> late = new ArrayList<>();
            open.forEach((stream, head) -> {
                if (head.endedMillis != OPEN && nowMillis - head.endedMillis >= UNREAD_LIMIT.toMillis()) {
                    late.add(stream);
                }
            });
            late.forEach(stream -> Http2Streams.reset(connection, stream));
        }

        private static int size(HttpServerRequest request) {
            int size = HEAD_BYTES + request.uri().length();
            for (Map.Entry<String, String> line : request.headers()) {
                size += HEADER_LINE_BYTES
                        + line.getKey().length()
                        + line.getValue().length();
            }
            return size;
        }
    }

    /** The head of one request. */
    private static final class Head {
        private int bytes;
        // By the monotonic clock: when the answer was complete, perhaps before its client has taken it.
        private long endedMillis = OPEN;

        private Head(int bytes) {
            this.bytes = bytes;
        }
    }
}
