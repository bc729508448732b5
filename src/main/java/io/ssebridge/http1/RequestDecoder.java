package io.ssebridge.http1;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.impl.ConnectionBase;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the requests of a connection one at a time. The next request is decoded when the previous response is written
 * and the client has taken nearly all of it. Until then its bytes stay as they came, and no more are read.
 *
 * <p>Vert.x decodes all that it has read, up to a megabyte, and a request of 18 bytes takes 400 as an object: ten connections
 * would fill a heap. For the same reason the lines of a head are bounded by number: 4 bytes of a head take 150. The memory
 * of unfinished requests is counted in the {@link HeadBudget} of the event loop.
 *
 * <p><b>Owner:</b> the event loop of the connection.
 */
final class RequestDecoder extends HttpRequestDecoder {
    // The name under which Vert.x puts its own.
    private static final String VERTX_DECODER = "httpDecoder";
    // Browsers send about 20, proxies add some.
    private static final int MAX_HEADER_LINES = 200;
    private static final int MAX_READ_BYTES = 16 * 1024;
    // A client that does not read its responses gets no more of them.
    private static final WriteBufferWaterMark UNREAD = new WriteBufferWaterMark(2 * 1024, 8 * 1024);

    // The memory of a head besides the text of its lines: of the request, and of each line.
    private static final int HEAD_BYTES = 500;
    private static final int HEADER_LINE_BYTES = 150;
    // The decoder of Netty keeps a buffer as large as the longest line so far, for as long as it lives.
    private static final int LARGE_HEAD_BYTES = 4 * 1024;

    private final HttpDecoderConfig config;
    private final ResponseEnds ends;
    private final HeadBudget.Share share;
    private @Nullable ChannelHandlerContext own;
    // The newest request: whether its lines are being decoded, their bytes, and the bytes of the decoder's copy of a
    // line.
    private boolean inLines;
    private long lineBytes;
    private int lineCopyBytes;
    private int headerLines;
    private boolean hadLargeHead;
    private boolean requestEnded = true;
    private boolean responseEnded = true;
    private boolean decoding;
    private boolean reading = true;

    private RequestDecoder(HttpDecoderConfig config, HeadBudget.Share share, ResponseEnds ends) {
        super(config);
        this.config = config;
        this.share = share;
        this.ends = ends;
        ends.decoder = this;
    }

    private static RequestDecoder create(HttpServerOptions options, HeadBudget heads) {
        HttpDecoderConfig config = new HttpDecoderConfig()
                .setMaxInitialLineLength(options.getMaxInitialLineLength())
                .setMaxHeaderSize(options.getMaxHeaderSize())
                .setMaxChunkSize(options.getMaxChunkSize())
                .setInitialBufferSize(options.getDecoderInitialBufferSize());
        ResponseEnds ends = new ResponseEnds();
        return new RequestDecoder(config, heads.share(ends::close), ends);
    }

    /**
     * Decodes the bytes of a new connection, in place of the decoder of Vert.x.
     *
     * @param connection the connection
     * @param options those of its server
     * @param heads bounds the unfinished requests of the event loop
     */
    static void install(HttpConnection connection, HttpServerOptions options, HeadBudget heads) {
        if (connection instanceof ConnectionBase base) {
            ChannelHandlerContext last = base.channelHandlerContext();
            ChannelPipeline pipeline = last.pipeline();
            RequestDecoder decoder = create(options, heads);
            pipeline.replace(VERTX_DECODER, VERTX_DECODER, decoder);
            pipeline.addBefore(last.name(), null, decoder.ends);
            ChannelConfig config = last.channel().config();
            config.setWriteBufferWaterMark(UNREAD);
            config.setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(64, 2 * 1024, MAX_READ_BYTES));
        }
    }

    /** Adds a decoder to a pipeline without other handlers. */
    static void add(ChannelPipeline pipeline, HttpServerOptions options, HeadBudget heads) {
        RequestDecoder decoder = create(options, heads);
        pipeline.addLast(decoder, decoder.ends);
    }

    /** Sees the responses before they are encoded. */
    private static final class ResponseEnds extends ChannelOutboundHandlerAdapter {
        private @Nullable RequestDecoder decoder;

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            var unused = context.write(message, promise);
            if (decoder != null && message instanceof LastHttpContent && !isInterim(message)) {
                decoder.responseEnded(context);
            }
        }

        private void close() {
            if (decoder != null) {
                decoder.close();
            }
        }

        private static boolean isInterim(Object message) {
            return message instanceof HttpResponse response
                    && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
        }
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Exception {
        own = context;
        super.handlerAdded(context);
    }

    @Override
    protected void handlerRemoved0(ChannelHandlerContext context) throws Exception {
        own = null;
        share.hold(0);
        super.handlerRemoved0(context);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) throws Exception {
        super.channelWritabilityChanged(context);
        if (context.channel().isWritable()) {
            // Runs as a new task: this method may be called during a write.
            context.executor().execute(this::goOn);
        }
    }

    private void responseEnded(ChannelHandlerContext context) {
        responseEnded = true;
        if (own != null) {
            share.hold(heldBytes());
        }
        if (!decoding) {
            // Vert.x has not finished with this response yet.
            context.executor().execute(this::goOn);
        }
    }

    /** Decodes the bytes that have come meanwhile, and reads on. */
    private void goOn() {
        ChannelHandlerContext context = own;
        if (context == null || decoding || !mayDecode(context)) {
            return;
        }
        if (!reading) {
            reading = true;
            context.channel().config().setAutoRead(true);
        }
        try {
            channelRead(context, Unpooled.EMPTY_BUFFER);
            if (own != null) {
                channelReadComplete(context);
            }
        } catch (Exception e) {
            context.fireExceptionCaught(e);
        }
    }

    private boolean mayDecode(ChannelHandlerContext context) {
        return !requestEnded || responseEnded && context.channel().isWritable();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        boolean outermost = !decoding;
        decoding = true;
        try {
            super.channelRead(context, message);
        } finally {
            decoding = !outermost;
        }
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf in, List<Object> out) throws Exception {
        if (!mayDecode(context)) {
            // Vert.x may have switched it on again.
            if (context.channel().config().isAutoRead()) {
                reading = false;
                context.channel().config().setAutoRead(false);
            }
            return;
        }
        int before = out.size();
        int bytes = in.readableBytes();
        boolean wasInLines = inLines;
        super.decode(context, in, out);
        if (wasInLines || inLines) {
            lineBytes += bytes - in.readableBytes();
            hadLargeHead |= lineBytes > LARGE_HEAD_BYTES;
        }
        for (Object message : out.subList(before, out.size())) {
            if (message instanceof HttpRequest) {
                requestEnded = false;
                responseEnded = false;
                inLines = false;
            }
            if (message instanceof LastHttpContent) {
                requestEnded = true;
                inLines = false;
            }
        }
    }

    /**
     * Counts the bytes of an unfinished request, after all bytes that have arrived are decoded. So a request that arrives
     * whole never counts.
     */
    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        super.channelReadComplete(context);
        if (own == null) {
            return;
        }
        share.hold(heldBytes());
        if (hadLargeHead && isBetweenRequests()) {
            renew(context);
        }
    }

    private boolean isBetweenRequests() {
        return own != null && requestEnded && !inLines && actualReadableBytes() == 0;
    }

    /** Continues with a new decoder, which has a small buffer. */
    private void renew(ChannelHandlerContext context) {
        RequestDecoder next = new RequestDecoder(config, share, ends);
        next.responseEnded = responseEnded;
        next.lineBytes = lineBytes;
        next.headerLines = headerLines;
        next.reading = reading;
        context.pipeline().replace(this, context.name(), next);
        share.hold(next.heldBytes());
        context.executor().execute(next::goOn);
    }

    private long heldBytes() {
        long waiting = actualReadableBytes() == 0 ? 0 : internalBuffer().capacity();
        if (!requestEnded || inLines) {
            return waiting + headBytes() + lineCopyBytes;
        }
        // Vert.x keeps the head until the response ends: for as long as a stream of HTTP/1.0 lasts. Heads of honest
        // clients do not count then, since a node may have many such streams.
        return responseEnded || headBytes() <= HeadBudget.SMALL_BYTES ? waiting : waiting + headBytes();
    }

    private long headBytes() {
        return HEAD_BYTES + lineBytes + (long) HEADER_LINE_BYTES * headerLines;
    }

    private void close() {
        ChannelHandlerContext context = own;
        if (context != null) {
            var unused = context.close();
        }
    }

    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        headerLines = 0;
        lineBytes = 0;
        inLines = true;
        HttpVersion version = HttpVersion.valueOf(initialLine[2]);
        if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
            // The answer would begin with the client's name for the protocol.
            throw new IllegalArgumentException("protocol: expected HTTP/1.0 or HTTP/1.1");
        }
        HttpMethod method = HttpMethod.valueOf(initialLine[0]);
        // Uses Vert.x's own headers; otherwise Vert.x would wrap others.
        return HttpHeaders.headers() instanceof io.netty.handler.codec.http.HttpHeaders headers
                ? new DefaultHttpRequest(version, method, initialLine[1], headers)
                : new DefaultHttpRequest(version, method, initialLine[1]);
    }

    @Override
    protected String splitFirstWordInitialLine(byte[] line, int start, int length) {
        lineCopyBytes = line.length;
        return super.splitFirstWordInitialLine(line, start, length);
    }

    /** Called for each line of a head, and of the trailer after a body. */
    @Override
    protected AsciiString splitHeaderName(byte[] line, int start, int length) {
        inLines = true;
        lineCopyBytes = line.length;
        if (++headerLines > MAX_HEADER_LINES) {
            throw new TooLongHttpHeaderException("more than %d header lines".formatted(MAX_HEADER_LINES));
        }
        return super.splitHeaderName(line, start, length);
    }
}
