package io.ssebridge.subscriber;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.ssebridge.gzip.Checksum;
import io.ssebridge.gzip.DeflateBlocks;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a large event before its id. They are copied out of the heap once. All {@link EncodedBatch} that differ only
 * in the id share the copy.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class SharedBody implements AutoCloseable {
    private final Buffer lines;
    private @Nullable ByteBuf made;
    private @Nullable SharedBody deflated;
    private @Nullable Checksum checksum;
    private int holders;

    /**
     * Creates the body from the lines of an event.
     *
     * @param lines the lines; must not change afterwards
     */
    public SharedBody(Buffer lines) {
        this.lines = lines;
    }

    Buffer lines() {
        return lines;
    }

    /** Returns the same copy at each call; a batch that contains it must retain it. */
    ByteBuf direct(ByteBufAllocator allocator) {
        ByteBuf direct = made;
        if (direct == null) {
            ByteBuf bytes = ((BufferInternal) lines).getByteBuf();
            direct = DirectMemory.take(allocator, bytes.readableBytes());
            direct.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
            made = direct;
        }
        return direct;
    }

    /** Returns the lines compressed; they belong to this body. */
    SharedBody deflated() {
        SharedBody blocks = deflated;
        if (blocks == null) {
            blocks = new SharedBody(Buffer.buffer(DeflateBlocks.of(lines.getBytes())));
            deflated = blocks;
        }
        return blocks;
    }

    /** Returns the checksum of the lines. */
    Checksum checksum() {
        Checksum sum = checksum;
        if (sum == null) {
            sum = Checksum.of(lines.getBytes());
            checksum = sum;
        }
        return sum;
    }

    /** Counts one more stalled stream that holds this body; returns the additional bytes that are held now. */
    int hold() {
        return holders++ == 0 ? lines.length() : 0;
    }

    /** Counts one stalled stream less; returns the bytes that are no longer held. */
    int letGo() {
        return --holders == 0 ? lines.length() : 0;
    }

    /** Releases the copy. A batch that contains it keeps it as long as it needs it. */
    @Override
    public void close() {
        ByteBuf direct = made;
        if (direct != null) {
            made = null;
            direct.release();
        }
        if (deflated != null) {
            deflated.close();
        }
    }
}
