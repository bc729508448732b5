package io.ssebridge.subscriber;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Whole frames, encoded once for all subscribers that get the same.
 *
 * <p>Writing is nearly all that a delivery costs, and most of that is the system call: so the bytes are made into what goes
 * over the wire once, outside the heap, and each subscriber's socket gets the same. They are let go of by {@link #close},
 * once all have been written to; what a socket has not taken by then it holds on to by itself.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class Frames implements AutoCloseable {
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final int CHUNK_OVERHEAD = 12;

    private final List<Buffer> parts;
    private @Nullable ByteBuf chunk;

    private Frames(List<Buffer> parts) {
        this.parts = parts;
    }

    /**
     * Takes one or more frames.
     *
     * @param frames whole; not changed any more
     */
    public static Frames of(Buffer frames) {
        return new Frames(List.of(frames));
    }

    /**
     * Takes frames that are to go out together.
     *
     * @param parts what makes whole frames one after another; not changed any more
     */
    public static Frames of(List<Buffer> parts) {
        return new Frames(parts);
    }

    /** How many bytes they are. */
    public int length() {
        int length = 0;
        for (Buffer part : parts) {
            length += part.length();
        }
        return length;
    }

    /** The frames themselves. */
    public Buffer toBuffer() {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        Buffer all = Buffer.buffer(length());
        parts.forEach(all::appendBuffer);
        return all;
    }

    /**
     * The frames as one <a href="https://www.rfc-editor.org/rfc/rfc9112.html#name-chunked-transfer-coding">chunk</a> of
     * HTTP/1.1.
     *
     * @param allocator where to make it, the first time
     * @return these frames' own: to be retained by whoever keeps it beyond {@link #close}
     */
    public ByteBuf chunk(ByteBufAllocator allocator) {
        ByteBuf made = chunk;
        if (made == null) {
            int length = length();
            made = allocator.directBuffer(length + CHUNK_OVERHEAD);
            made.writeCharSequence(Integer.toHexString(length), StandardCharsets.US_ASCII);
            made.writeBytes(LINE_END);
            for (Buffer part : parts) {
                ByteBuf bytes = ((BufferInternal) part).getByteBuf();
                made.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
            }
            made.writeBytes(LINE_END);
            chunk = made;
        }
        return made;
    }

    /** Lets go of what was made for the wire. */
    @Override
    public void close() {
        ByteBuf made = chunk;
        if (made != null) {
            chunk = null;
            made.release();
        }
    }
}
