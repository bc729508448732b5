package io.ssebridge.subscriber;

/** The memory outside the heap is used up. It comes back when streams take what was written to them, or end. */
public final class NoDirectMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Wraps what the JVM or Netty throws.
     *
     * @param cause that
     */
    public NoDirectMemoryException(OutOfMemoryError cause) {
        super(cause.getMessage(), cause);
    }
}
