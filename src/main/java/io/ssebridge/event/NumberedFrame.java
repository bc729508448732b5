package io.ssebridge.event;

/**
 * A frame with its sequence in the history.
 *
 * @param sequence the sequence, from 0
 * @param frame the frame
 */
public record NumberedFrame(long sequence, Frame frame) {
    /** Returns the cursor directly after this frame. */
    public Cursor.At cursor() {
        return new Cursor.At(sequence, frame.tag());
    }

    /**
     * Returns the event of a frame that readers see. They never see a genesis frame.
     *
     * @throws IllegalStateException if this is a genesis frame
     */
    public Event event() {
        if (frame instanceof EventFrame eventFrame) {
            return eventFrame.event();
        }
        throw new IllegalStateException("frame %d: a genesis frame (expected: an event)".formatted(sequence));
    }
}
