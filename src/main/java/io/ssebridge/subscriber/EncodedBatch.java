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
 * Whole encoded events, made once for all subscribers that get the same.
 *
 * <p>Writing is nearly the whole cost of a delivery, and most of that is the system call. So the bytes for the socket
 * are made once, outside the heap, and all subscribers share them. {@link #close} releases them when all subscribers
 * have been written to. A socket that has not taken all bytes by then keeps them itself.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class EncodedBatch implements AutoCloseable {
    private static final byte[] LINE_END = {'\r', '\n'};
    private static final int CHUNK_OVERHEAD = 12;

    private final int events;
    private final int length;
    // The bytes of this batch alone, without the shared bodies, and with the overhead of a chunk.
    private final int ownBytes;
    // The shared bodies, each at the index of its part; null for a part that is not shared.
    private final List<@Nullable SharedBody> bodies;
    private List<Buffer> parts;
    private @Nullable ByteBuf chunk;
    private @Nullable DeflatedBatch deflated;
    private int holders;

    private EncodedBatch(int events, List<Buffer> parts, List<@Nullable SharedBody> bodies) {
        this.events = events;
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
     * Creates a batch of what the bridge itself says, such as comments and notices. They do not count as events.
     *
     * @param lines one or more whole comments or events; must not change afterwards
     */
    public static EncodedBatch of(Buffer lines) {
        return new EncodedBatch(0, List.of(lines), List.of());
    }

    /**
     * Creates a batch from events that are sent together.
     *
     * @param events the events; must not change afterwards
     */
    public static EncodedBatch of(List<Buffer> events) {
        return new EncodedBatch(events.size(), events, List.of());
    }

    /** Builds a batch from bytes of its own and from shared bodies. */
    public static final class Builder {
        private final List<Buffer> parts = new ArrayList<>();
        private final List<@Nullable SharedBody> bodies = new ArrayList<>();
        private boolean shares;

        /**
         * Adds bytes that are not shared.
         *
         * @param part the bytes; must not change afterwards
         */
        public void add(Buffer part) {
            parts.add(part);
            bodies.add(null);
        }

        /**
         * Adds lines that other batches contain too.
         *
         * @param body the lines
         */
        public void add(SharedBody body) {
            parts.add(body.lines());
            bodies.add(body);
            shares = true;
        }

        /**
         * Returns the batch; nothing may be added afterwards.
         *
         * @param events the number of events that the parts make
         */
        public EncodedBatch build(int events) {
            return new EncodedBatch(events, parts, shares ? bodies : List.of());
        }
    }

    /** Returns the number of events, without those of the bridge itself. */
    int events() {
        return events;
    }

    /** Returns the length in bytes. */
    public int length() {
        return length;
    }

    /** Returns the bytes of the events. */
    public Buffer toBuffer() {
        if (parts.size() == 1) {
            return parts.get(0);
        }
        Buffer all = Buffer.buffer(length);
        parts.forEach(all::appendBuffer);
        return all;
    }

    /**
     * Returns the events as one <a
     * href="https://www.rfc-editor.org/rfc/rfc9112.html#name-chunked-transfer-coding">chunk</a> of HTTP/1.1.
     *
     * @param allocator allocates the chunk at the first call
     * @return the chunk, which belongs to this batch: a caller that needs it after {@link #close} must retain it
     * @throws NoDirectMemoryException if there is no memory for it; then nothing has changed
     */
    public ByteBuf chunk(ByteBufAllocator allocator) {
        ByteBuf made = chunk;
        if (made == null) {
            made = bodies.isEmpty() ? plainChunk(allocator) : sharingChunk(allocator);
            chunk = made;
        }
        return made;
    }

    /** Returns the same events compressed; they belong to this batch. */
    DeflatedBatch deflated() {
        DeflatedBatch made = deflated;
        if (made == null) {
            made = bodies.isEmpty() ? DeflatedBatch.of(toBuffer()) : DeflatedBatch.of(parts, bodies);
            deflated = made;
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

    /** Builds a chunk of slices: one buffer holds all bytes that are not shared, between them are the shared bodies. */
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
                // The slices in the chunk keep it in memory.
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

    /** Counts one more stalled stream that holds this batch; returns the additional bytes that are held now. */
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

    /** Counts one stalled stream less; returns the bytes that are no longer held. */
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

    /** Releases the chunk, and the bytes on the heap. */
    @Override
    public void close() {
        parts = List.of();
        ByteBuf made = chunk;
        if (made != null) {
            chunk = null;
            made.release();
        }
        if (deflated != null) {
            deflated.blocks().close();
        }
    }
}
