package io.ssebridge.subscriber;

/**
 * Takes the frames of one stream.
 *
 * <p><b>Owner:</b> the stream's event loop, for every method.
 */
public interface EventSink {
    /** Tells whether a frame would go to the socket instead of a queue. */
    boolean isWritable();

    /**
     * Sets the handler that runs each time the sink becomes writable again.
     *
     * @param handler runs on the owner; replaces the one before
     */
    void onWritable(Runnable handler);

    /**
     * Sets the handler that runs when the client has disconnected. It runs at once if that has happened already.
     *
     * @param handler runs on the owner; may run more than once
     */
    void onClose(Runnable handler);

    /**
     * Writes frames, at once if the socket takes them.
     *
     * @param batch whole frames; the caller keeps them and closes them
     */
    void write(EncodedBatch batch);

    /** Tells whether each write is copied, so that the sink shares no memory with others. */
    default boolean copies() {
        return false;
    }

    /**
     * Ends the stream in order, after the frames that are in flight. Later bytes of the connection are never read as
     * part of the stream.
     */
    void end();

    /** Ends the connection at once, and drops the frames that are in flight. */
    void abort();
}
