package io.ssebridge.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpContentEncoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes encoded events directly to the socket of an HTTP/1.1 connection that serves only this stream from now on. ("Channel"
 * in this class means Netty's.)
 *
 * <p>After the head of the response, the only task of HTTP is to put each write into a chunk. So this handler replaces
 * all other handlers of the Netty channel, and their memory and the request's is freed. This saves a third of the CPU
 * time of a delivery and two thirds of the memory of an idle stream. When the stream ends, the connection ends too.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
public final class SocketSink extends ChannelInboundHandlerAdapter implements EventSink {
    // Nothing queues here: while the socket has not taken all of a write, the sink is not writable, however small the
    // writes are.
    private static final WriteBufferWaterMark MARKS = new WriteBufferWaterMark(1, 1);
    private static final ByteBuf LAST_CHUNK = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer().writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

    private final Channel channel;
    private final @Nullable ChannelHandlerContext tls;
    private Runnable writable = () -> {};
    private Runnable closed = () -> {};

    /** Creates a sink for a Netty channel that has this handler only, or TLS as well. */
    SocketSink(Channel channel) {
        this.channel = channel;
        this.tls = channel.pipeline().context(SslHandler.class);
    }

    /** Tells whether this sink can answer a request. */
    public static boolean suits(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_1_1 && request.connection() instanceof ConnectionBase;
    }

    /** Tells whether the server may compress the response to a request, unless the response forbids it. */
    public static boolean mayCompress(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_2
                || request.connection() instanceof ConnectionBase connection
                        && connection.channelHandlerContext().pipeline().get(HttpContentEncoder.class) != null;
    }

    /**
     * Takes over a Netty channel. Called in a task of its own: no code on the stack may continue with handlers that
     * have been removed.
     *
     * @param request its response's head and a first chunk have been sent. Nothing else may be written for it, or for
     *     an earlier request of its connection
     */
    public static SocketSink takeOver(HttpServerRequest request) {
        Channel channel =
                ((ConnectionBase) request.connection()).channelHandlerContext().channel();
        assert channel.eventLoop().inEventLoop();
        SocketSink sink = new SocketSink(channel);
        ChannelPipeline pipeline = channel.pipeline();
        List<ChannelHandler> handlers = new ArrayList<>(pipeline.toMap().values());
        pipeline.addLast(sink);
        // In reverse order: the decoder passes on the bytes that it has of a next request, and only the sink releases
        // them.
        Collections.reverse(handlers);
        for (ChannelHandler handler : handlers) {
            if (!(handler instanceof SslHandler)) {
                pipeline.remove(handler);
            }
        }
        channel.config().setWriteBufferWaterMark(MARKS);
        // Reading is off if many pipelined requests had arrived. But without reading, the end of the connection is not
        // noticed.
        channel.config().setAutoRead(true);
        return sink;
    }

    @Override
    public boolean isWritable() {
        return channel.isWritable();
    }

    @Override
    public void onWritable(Runnable handler) {
        writable = handler;
    }

    @Override
    public void onClose(Runnable handler) {
        closed = handler;
        if (!channel.isActive()) {
            handler.run();
        }
    }

    @Override
    public void write(EncodedBatch batch) {
        // A failed write ends the connection, which calls the close handler.
        var unused = channel.writeAndFlush(batch.chunk(channel.alloc()).retainedDuplicate(), channel.voidPromise());
    }

    @Override
    public void end() {
        var unused = channel.writeAndFlush(LAST_CHUNK.duplicate()).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void abort() {
        // TLS would first write that the connection ends, after all bytes that the client has not read.
        var unused = tls == null ? channel.close() : tls.close();
    }

    /** With TLS, each stream has the bytes as only its client can read them. */
    @Override
    public boolean copies() {
        return tls != null;
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (channel.isWritable()) {
            writable.run();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        closed.run();
    }

    /** Everything that a client sends after its request is ignored. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable broken) {
        var unused = context.close();
    }
}
