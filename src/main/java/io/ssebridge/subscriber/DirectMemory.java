package io.ssebridge.subscriber;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.util.internal.OutOfDirectMemoryError;
import io.netty.util.internal.PlatformDependent;
import java.util.Locale;

/** The memory outside the heap: sockets take bytes from there only. */
final class DirectMemory {
    private DirectMemory() {}

    /** How many bytes the JVM has of it. */
    static long most() {
        return PlatformDependent.maxDirectMemory();
    }

    /**
     * Takes some.
     *
     * @throws NoDirectMemoryException if there is none left
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

    // Netty counts what it takes by itself; what it takes by ByteBuffer.allocateDirect the JVM refuses.
    private static boolean isDirect(OutOfMemoryError e) {
        return e instanceof OutOfDirectMemoryError
                || String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("direct");
    }
}
