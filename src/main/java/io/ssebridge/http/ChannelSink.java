package io.ssebridge.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.Frames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.impl.ConnectionBase;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Writes frames straight to the channel of an HTTP/1.1 connection that has no other purpose any more.
 *
 * <p>Once the head of the response is out, all that HTTP has to do for a stream is to put each write into a chunk. So the
 * channel is taken over: its handlers make way for this one, and what they and the request held is freed. That saves a third
 * of the CPU time of a delivery and two thirds of the memory of an idle stream. When the stream ends, so does the connection.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class ChannelSink extends ChannelInboundHandlerAdapter implements EventSink {
    // Nothing queues here: a channel that has not taken all of a write takes no other one, however small both are.
    private static final WriteBufferWaterMark MARKS = new WriteBufferWaterMark(1, 1);
    private static final ByteBuf LAST_CHUNK = Unpooled.unreleasableBuffer(
            Unpooled.directBuffer().writeBytes("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII)));

    private final Channel channel;
    private Runnable writable = () -> {};
    private Runnable closed = () -> {};

    /** For a channel that has it as its one handler. */
    ChannelSink(Channel channel) {
        this.channel = channel;
    }

    /** Whether a request came in a way that this can answer. */
    static boolean suits(HttpServerRequest request) {
        return request.version() == HttpVersion.HTTP_1_1 && request.connection() instanceof ConnectionBase;
    }

    /**
     * Takes a channel over. To be called in a task of its own: what is on the stack must not go on with handlers that are
     * gone.
     *
     * @param request its response's head, and a first chunk, have gone out, and nothing else is to be written for it or for
     *     an earlier request of its connection
     */
    static ChannelSink takeOver(HttpServerRequest request) {
        Channel channel =
                ((ConnectionBase) request.connection()).channelHandlerContext().channel();
        assert channel.eventLoop().inEventLoop();
        ChannelSink sink = new ChannelSink(channel);
        ChannelPipeline pipeline = channel.pipeline();
        List<ChannelHandler> handlers = new ArrayList<>(pipeline.toMap().values());
        pipeline.addLast(sink);
        // From the end: the decoder hands on what it has of a next request, and only the sink lets go of that.
        Collections.reverse(handlers);
        for (ChannelHandler handler : handlers) {
            if (!(handler instanceof SslHandler)) {
                pipeline.remove(handler);
            }
        }
        channel.config().setWriteBufferWaterMark(MARKS);
        // Off if requests had piled up; but who does not read is not told when the client goes.
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
    public void write(Frames frames) {
        // A failed write ends the connection, which is told of.
        var unused = channel.writeAndFlush(frames.chunk(channel.alloc()).retainedDuplicate(), channel.voidPromise());
    }

    @Override
    public void end() {
        var unused = channel.writeAndFlush(LAST_CHUNK.duplicate()).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void abort() {
        var unused = channel.close();
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

    /** Nothing that a client says after its request means anything. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        ReferenceCountUtil.release(message);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable broken) {
        var unused = context.close();
    }
}
