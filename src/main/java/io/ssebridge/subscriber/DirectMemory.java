package io.ssebridge.subscriber;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.netty.util.internal.PlatformDependent;
import java.util.Locale;

/** The memory outside the heap. Sockets take bytes from there only. */
final class DirectMemory {
    private DirectMemory() {}

    /** Returns the size of this memory in the JVM, in bytes. */
    static long most() {
        return PlatformDependent.maxDirectMemory();
    }

    /**
     * Allocates a buffer.
     *
     * @throws NoDirectMemoryException if this memory is used up
     */
    static ByteBuf take(ByteBufAllocator allocator, int bytes) {
        try {
            return allocator.directBuffer(bytes, bytes);
        } catch (OutOfMemoryError e) {
            if (isDirect(e)) {
                throw new NoDirectMemoryException(e);
            }
            throw e;
        }
    }

    // Netty has its own error for the memory that it counts itself. For ByteBuffer.allocateDirect it is the JVM that
    // refuses.
    private static boolean isDirect(OutOfMemoryError e) {
        return e instanceof OutOfDirectMemoryError
                || String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("direct");
    }
}
