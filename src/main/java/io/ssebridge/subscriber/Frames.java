package io.ssebridge.subscriber;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.CompositeByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
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

    private final int length;
    // Of these frames alone, with what makes them a chunk.
    private final int ownBytes;
    // Those of the parts that other frames contain too, each at the index of its part.
    private final List<@Nullable SharedBody> bodies;
    private List<Buffer> parts;
    private @Nullable ByteBuf chunk;
    private int holders;

    private Frames(List<Buffer> parts, List<@Nullable SharedBody> bodies) {
        this.parts = parts;
        this.bodies = bodies;
        int all = 0;
        for (Buffer part : parts) {
            all += part.length();
        }
        int shared = 0;
        for (SharedBody body : bodies) {
            shared += body == null ? 0 : body.lines().length();
        }
        this.length = all;
        this.ownBytes = all - shared + CHUNK_OVERHEAD;
    }

    /**
     * Takes one or more frames.
     *
     * @param frames whole; not changed any more
     */
    public static Frames of(Buffer frames) {
        return of(List.of(frames));
    }

    /**
     * Takes frames that are to go out together.
     *
     * @param parts what makes whole frames one after another; not changed any more
     */
    public static Frames of(List<Buffer> parts) {
        return new Frames(parts, List.of());
    }

    /** Puts frames together of bytes of their own and of others that they share. */
    public static final class Builder {
        private final List<Buffer> parts = new ArrayList<>();
        private final List<@Nullable SharedBody> bodies = new ArrayList<>();
        private boolean shares;

        /**
         * Adds bytes of their own.
         *
         * @param part not changed any more
         */
        public void add(Buffer part) {
            parts.add(part);
            bodies.add(null);
        }

        /**
         * Adds lines that other frames contain too.
         *
         * @param body the lines
         */
        public void add(SharedBody body) {
            parts.add(body.lines());
            bodies.add(body);
            shares = true;
        }

        /** The frames; nothing may be added any more. */
        public Frames build() {
            return new Frames(parts, shares ? bodies : List.of());
        }
    }

    /** How many bytes they are. */
    public int length() {
        return length;
    }

    /** The frames themselves. */
    public Buffer toBuffer() {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        Buffer all = Buffer.buffer(length);
        parts.forEach(all::appendBuffer);
        return all;
    }

    /**
     * The frames as one <a href="https://www.rfc-editor.org/rfc/rfc9112.html#name-chunked-transfer-coding">chunk</a> of
     * HTTP/1.1.
     *
     * @param allocator where to make it, the first time
     * @return these frames' own: to be retained by whoever keeps it beyond {@link #close}
     * @throws NoDirectMemoryException if there is no memory for it; nothing has been done then
     */
    public ByteBuf chunk(ByteBufAllocator allocator) {
        ByteBuf made = chunk;
        if (made == null) {
            made = bodies.isEmpty() ? plainChunk(allocator) : sharingChunk(allocator);
            chunk = made;
        }
        return made;
    }

    private ByteBuf plainChunk(ByteBufAllocator allocator) {
        ByteBuf made = DirectMemory.take(allocator, ownBytes);
        begin(made);
        for (Buffer part : parts) {
            write(part, made);
        }
        made.writeBytes(LINE_END);
        return made;
    }

    /** Its own bytes lie in one piece of memory; of that and of the shared bodies the chunk is put together. */
    private ByteBuf sharingChunk(ByteBufAllocator allocator) {
        CompositeByteBuf all = allocator.compositeDirectBuffer(2 * bodies.size() + 1);
        try {
            ByteBuf own = DirectMemory.take(allocator, ownBytes);
            try {
                begin(own);
                int added = 0;
                for (int i = 0; i < parts.size(); i++) {
                    SharedBody body = bodies.get(i);
                    if (body == null) {
                        write(parts.get(i), own);
                    } else {
                        added = add(own, added, all);
                        all.addComponent(true, body.direct(allocator).retainedDuplicate());
                    }
                }
                own.writeBytes(LINE_END);
                int unused = add(own, added, all);
            } finally {
                // The slices of it that are part of the chunk keep it.
                own.release();
            }
            return all;
        } catch (RuntimeException | Error e) {
            all.release();
            throw e;
        }
    }

    private static int add(ByteBuf own, int from, CompositeByteBuf all) {
        int until = own.writerIndex();
        if (until > from) {
            all.addComponent(true, own.retainedSlice(from, until - from));
        }
        return until;
    }

    private void begin(ByteBuf made) {
        made.writeCharSequence(Integer.toHexString(length), StandardCharsets.US_ASCII);
        made.writeBytes(LINE_END);
    }

    private static void write(Buffer part, ByteBuf made) {
        ByteBuf bytes = ((BufferInternal) part).getByteBuf();
        made.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    }

    /** One more stalled stream holds them; tells how many bytes of memory more are held now. */
    int hold() {
        int more = 0;
        if (holders++ == 0) {
            more = ownBytes;
            for (SharedBody body : bodies) {
                more += body == null ? 0 : body.hold();
            }
        }
        return more;
    }

    /** One stalled stream less; tells how many bytes less. */
    int letGo() {
        int less = 0;
        if (--holders == 0) {
            less = ownBytes;
            for (SharedBody body : bodies) {
                less += body == null ? 0 : body.letGo();
            }
        }
        return less;
    }

    /** Lets go of what was made for the wire, and of the bytes on the heap. */
    @Override
    public void close() {
        parts = List.of();
        ByteBuf made = chunk;
        if (made != null) {
            chunk = null;
            made.release();
        }
    }
}
