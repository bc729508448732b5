package io.ssebridge.event;

import org.jspecify.annotations.Nullable;

/**
 * An event as its channel's history keeps it. Immutable.
 *
 * <p>What the leader believed when it appended stands beside the event, so that every reader can tell without asking
 * whether the frame counts: see {@code io.ssebridge.history.HistoryReader}.
 *
 * @param uid names the event from the door on, over all attempts to append it
 * @param base the highest sequence that the leader knew to be in the history
 * @param place the frame's place in its batch, from 0: it belongs at {@code base + 1 + place}
 * @param previousTag the tag of the frame before
 * @param time when it was appended, in milliseconds since 1970; never less than the frame's before
 * @param content the event; null: a genesis frame, which begins a history and which no subscriber gets
 * @param since for a genesis frame: from when on its leader knows that there was no frame before; else 0
 */
public record Frame(
        long uid,
        long base,
        int place,
        int previousTag,
        long time,
        @Nullable Event content,
        long since) {
    /** The highest tag. */
    public static final int MAX_TAG = 0xff_ff_ff;

    /** The tag that stands for no frame. */
    public static final int NO_TAG = 0;

    /** Checks the bounds. */
    public Frame {
        if (base < -1 || place < 0 || previousTag < 0 || previousTag > MAX_TAG) {
            throw new IllegalArgumentException("frame: base %d, place %d, tag %d (expected: not below -1, 0, 0 to %d)"
                    .formatted(base, place, previousTag, MAX_TAG));
        }
    }

    /** 24 bits of the uid: enough to tell two histories apart, short enough for an id. */
    public int tag() {
        return tag(uid);
    }

    /**
     * The tag of a uid.
     *
     * @param uid a uid
     */
    public static int tag(long uid) {
        return (int) (uid ^ uid >>> 24 ^ uid >>> 48) & MAX_TAG;
    }

    /** Whether it only begins a history. */
    public boolean isGenesis() {
        return content == null;
    }
}
