package io.ssebridge.event;

import java.util.HexFormat;

/**
 * A place in a channel's history: a subscriber with this cursor still needs the frames after it. It goes to the browser
 * inside an {@link EventId} and comes back as <a
 * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header">Last-Event-ID</a>.
 */
public sealed interface Cursor {
    /**
     * Directly after a frame. A sequence alone would not be enough: a new history after a loss gives the same numbers
     * to other events.
     *
     * @param sequence the frame's sequence in the history, from 0
     * @param tag the frame's {@linkplain Frame#tag tag}; another tag at this sequence means another history
     */
    record At(long sequence, int tag) implements Cursor {
        private static final int TAG_DIGITS = 6;

        /** Checks the bounds. */
        public At {
            if (sequence < 0 || tag < 0 || tag > Frame.MAX_TAG) {
                throw new IllegalArgumentException(
                        "cursor: %d, %d (expected: not below 0, a tag of 24 bits)".formatted(sequence, tag));
            }
        }

        /** Returns the tag as clients see it: six hexadecimal digits. */
        public String tagText() {
            return HexFormat.of().toHexDigits(tag, TAG_DIGITS);
        }

        @Override
        public boolean isEnd() {
            return (tag & Frame.END_BIT) != 0;
        }
    }

    /**
     * Before the first frame of a channel that had no frames.
     *
     * @param timeMillis when the channel's leader said that there were no frames, by its own clock, in milliseconds since
     *     1970
     */
    record Start(long timeMillis) implements Cursor {
        @Override
        public boolean isEnd() {
            return false;
        }
    }

    /** Returns whether the cursor is after the frame that ends its channel. A forged cursor may say so too. */
    boolean isEnd();
}
