package io.ssebridge.subscriber;

/**
 * Where the frames of one stream go.
 *
 * <p><b>Owner:</b> the stream's event loop, for every method.
 */
public interface EventSink {
    /** Whether a frame would go to the socket rather than into a queue. */
    boolean isWritable();

    /**
     * Is told each time the sink is writable again after it was not.
     *
     * @param handler runs on the owner; replaces the one before
     */
    void onWritable(Runnable handler);

    /**
     * Is told when the client has gone, at once if it has already.
     *
     * @param handler runs on the owner; may be told more than once
     */
    void onClose(Runnable handler);

    /**
     * Writes frames, at once if the socket takes them.
     *
     * @param frames whole frames; they remain the caller's
     */
    void write(Frames frames);

    /** Whether each write is copied into memory of its own, so that the sink shares nothing with others. */
    default boolean copies() {
        return false;
    }

    /** Ends the stream in order, after what is still under way; nothing else is answered in its place. */
    void end();

    /** Ends the connection at once, whatever is still under way. */
    void abort();
}
