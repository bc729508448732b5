package io.ssebridge.hub;

/** Counts the bytes of the events that go out in one write. */
final class WriteSize {
    // A client that reads nothing keeps its last batch in memory.
    private static final int MAX_BYTES = 1 << 16;
    // The part of a batch that is not shared with other streams.
    private static final int MAX_COPIED_BYTES = 1 << 14;
    private static final int ID_BYTES = 150;

    private final boolean numbered;
    private int length;
    private int copied;

    /**
     * Starts with no event.
     *
     * @param numbered whether the write is for one stream that has its own ids
     */
    WriteSize(boolean numbered) {
        this.numbered = numbered;
    }

    /** Tells whether the write takes one more event. */
    boolean hasRoom() {
        return length < MAX_BYTES && copied < MAX_COPIED_BYTES;
    }

    void add(EncodedEvent encoded) {
        length += encoded.alone().length();
        if (numbered) {
            copied += ID_BYTES + (encoded.isLarge() ? 0 : encoded.body().length());
        }
    }
}
