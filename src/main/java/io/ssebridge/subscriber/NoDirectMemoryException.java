package io.ssebridge.subscriber;

/** The memory outside the heap is used up. Memory becomes free when clients read their events, or when streams end. */
public final class NoDirectMemoryException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /**
     * Wraps the error of the JVM or of Netty.
     *
     * @param cause the error
     */
    public NoDirectMemoryException(OutOfMemoryError cause) {
        super(cause.getMessage(), cause);
    }
}
