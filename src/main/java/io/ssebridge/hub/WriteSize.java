package io.ssebridge.hub;

/** Counts the bytes of the events that go out in one write. */
final class WriteSize {
    /**
     * The number of bytes after which a write takes no more events. A client that reads nothing keeps its last batch in
     * memory.
     *
     * <p>It is less than the send buffer of a socket, 64 KiB: the server sets 32, and the kernel doubles it. So a second
     * write follows before the client's kernel has confirmed the first one. Over loopback a write is one packet, and a
     * single packet is confirmed 40 ms later (<a
     * href="https://www.rfc-editor.org/rfc/rfc9293.html#section-3.8.6.3">delayed acknowledgments</a>). If one write filled the
     * buffer, a slow stream would get at most 2 MB per second.
     */
    static final int MAX_BYTES = 3 << 14;

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
