package io.ssebridge.subscriber;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import org.jspecify.annotations.Nullable;

/**
 * The lines of a large event before its id. They are copied out of the heap once, and are part of all {@link Frames} that
 * differ in the id only.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class SharedBody implements AutoCloseable {
    private final Buffer lines;
    private @Nullable ByteBuf made;
    private int holders;

    /**
     * Takes the lines of an event.
     *
     * @param lines not changed any more
     */
    public SharedBody(Buffer lines) {
        this.lines = lines;
    }

    Buffer lines() {
        return lines;
    }

    /** The same bytes each time; to be retained by the frames that contain them. */
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

    /** One more stalled stream holds it; tells how many bytes of memory more are held now. */
    int hold() {
        return holders++ == 0 ? lines.length() : 0;
    }

    /** One stalled stream less; tells how many bytes less. */
    int letGo() {
        return --holders == 0 ? lines.length() : 0;
    }

    /** Lets go of the copy; the frames that contain it keep it as long as they need it. */
    @Override
    public void close() {
        ByteBuf direct = made;
        if (direct != null) {
            made = null;
            direct.release();
        }
    }
}
