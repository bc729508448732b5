package io.ssebridge.event;

/**
 * A frame at its place in the history.
 *
 * @param sequence the place, from 0
 * @param frame the frame
 */
public record Numbered(long sequence, Frame frame) {
    /** The cursor behind it. */
    public Cursor.At cursor() {
        return new Cursor.At(sequence, frame.tag());
    }
}
