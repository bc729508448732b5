package io.ssebridge.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.EmptyByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpContent;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ConnectionBase;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Copies the bodies of requests to the heap before Vert.x gets them.
 *
 * <p>Vert.x keeps pipelined requests until the earlier ones are answered. It drops them when the connection ends or a
 * stream takes it over. Buffers from Netty's pools would then never be returned. Vert.x copies these buffers in any
 * case, so the copy here costs nothing.
 *
 * <p><b>Owner:</b> shared by any number of connections; it has no state.
 */
@ChannelHandler.Sharable
final class HeapContentHandler extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(HeapContentHandler.class);
    private static final HeapContentHandler INSTANCE = new HeapContentHandler();

    private HeapContentHandler() {}

    /** Installs the handler on a connection that has just opened. */
    static void install(HttpConnection connection) {
        if (connection instanceof ConnectionBase base) {
            ChannelHandlerContext last = base.channelHandlerContext();
            last.pipeline().addBefore(last.name(), null, INSTANCE);
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        context.fireChannelRead(
                message instanceof HttpContent content && !(content.content() instanceof EmptyByteBuf)
                        ? copy(content)
                        : message);
    }

    /**
     * Vert.x reports no errors of handlers before its own. Logging makes this one known: the owner of the process must
     * learn that memory is used up.
     */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof OutOfMemoryError) {
            LOG.error("No memory for data that a client sends", cause);
        }
        context.fireExceptionCaught(cause);
    }

    private static HttpContent copy(HttpContent content) {
        try {
            ByteBuf bytes = Unpooled.copiedBuffer(content.content());
            HttpContent copy = content.replace(bytes);
            copy.setDecoderResult(content.decoderResult());
            return copy;
        } finally {
            content.release();
        }
    }
}
