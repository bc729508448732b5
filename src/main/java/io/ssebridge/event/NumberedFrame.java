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
}
