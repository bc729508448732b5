package io.ssebridge.subscriber;

/**
 * Takes the encoded events of one stream.
 *
 * <p><b>Owner:</b> the stream's event loop, for every method.
 */
public interface EventSink {
    /** Tells whether an event would go to the socket instead of a queue. */
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
     * Writes encoded events, at once if the socket takes them.
     *
     * @param batch whole events; the caller keeps the batch and closes it
     */
    void write(EncodedBatch batch);

    /** Returns a batch in the form in which this sink writes it. */
    default EncodedBatch form(EncodedBatch batch) {
        return batch;
    }

    /** Tells whether each write is copied, so that the sink shares no memory with others. */
    default boolean copies() {
        return false;
    }

    /**
     * Ends the stream in order, after the events that are in flight. Later bytes of the connection are never read as
     * part of the stream.
     */
    void end();

    /** Ends the connection at once, and drops the events that are in flight. */
    void abort();
}
