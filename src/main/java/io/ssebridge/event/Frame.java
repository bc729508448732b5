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
 * @param time when it was appended, in milliseconds since 1970; not less than the frame's before, unless that was set by a
 *     clock that led this leader's by more than a second
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

    /**
     * Says in 24 bits which history this frame ends: it comes from the uid and the tag before, and so, link by link, from
     * the uids of all frames back to the genesis frame, whose uid is random. An event that is published twice with one key
     * has the same uid in each life of a history, but never the same tag.
     */
    public int tag() {
        return tag(previousTag, uid);
    }

    /**
     * The tag of a frame.
     *
     * @param previousTag the tag of the frame before
     * @param uid the frame's uid
     */
    public static int tag(int previousTag, long uid) {
        int link = mix(previousTag ^ (int) (uid ^ uid >>> 24 ^ uid >>> 48) & MAX_TAG);
        if (link == NO_TAG) {
            // Of all tags before, this one alone would lead to none: it gets what none itself leads to.
            link = mix((int) (uid ^ uid >>> 24 ^ uid >>> 48) & MAX_TAG);
        }
        return link == NO_TAG ? 1 : link;
    }

    // Each step can be undone: two histories that differ have different tags for as long as the same events follow.
    private static int mix(int tag) {
        int mixed = (tag ^ tag >>> 12) * 0x9e3779 & MAX_TAG;
        mixed = (mixed ^ mixed >>> 11) * 0x85ebcb & MAX_TAG;
        return mixed ^ mixed >>> 13;
    }

    /** Whether it only begins a history. */
    public boolean isGenesis() {
        return content == null;
    }
}
