package io.ssebridge.event;

import org.jspecify.annotations.Nullable;

/**
 * An event as its channel's history keeps it. Immutable.
 *
 * <p>The frame also records what its leader knew when it appended the event. So every reader can decide by itself
 * whether the frame is valid: see {@code io.ssebridge.history.HistoryReader}.
 *
 * @param uid identifies the event from its arrival at the bridge on, in all attempts to append it
 * @param base the highest sequence that the leader knew to be in the history
 * @param place the index of the frame in its batch, from 0: the frame belongs at the sequence {@code base + 1 + place}
 * @param previousTag the tag of the frame before
 * @param time when it was appended, in milliseconds since 1970; not less than the time of the frame before, unless
 *     another leader's clock set that time more than a second ahead
 * @param content the event; null: a genesis frame, which begins a history and is never sent to subscribers
 * @param since for a genesis frame: since when, as its leader knows, the channel has had no frames; else 0
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

    /** The tag that means: no frame. */
    public static final int NO_TAG = 0;

    /** Checks the bounds. */
    public Frame {
        if (base < -1 || place < 0 || previousTag < 0 || previousTag > MAX_TAG) {
            throw new IllegalArgumentException("frame: base %d, place %d, tag %d (expected: not below -1, 0, 0 to %d)"
                    .formatted(base, place, previousTag, MAX_TAG));
        }
    }

    /**
     * Returns 24 bits that identify the history up to this frame. The tag is computed from the uid and the tag before.
     * So it depends, link by link, on the uids of all frames back to the genesis frame, which has a random uid. An event
     * that is published twice with one key has the same uid in every new history, but in practice another tag.
     */
    public int tag() {
        return tag(previousTag, uid);
    }

    /**
     * Computes the tag of a frame.
     *
     * @param previousTag the tag of the frame before
     * @param uid the frame's uid
     */
    public static int tag(int previousTag, long uid) {
        int link = mix(previousTag ^ (int) (uid ^ uid >>> 24 ^ uid >>> 48) & MAX_TAG);
        if (link == NO_TAG) {
            // Exactly one earlier tag would lead to NO_TAG. It gets instead the tag that NO_TAG itself leads to.
            link = mix((int) (uid ^ uid >>> 24 ^ uid >>> 48) & MAX_TAG);
        }
        return link == NO_TAG ? 1 : link;
    }

    // Each step is reversible. So two histories that differ keep different tags while the same events follow in both.
    private static int mix(int tag) {
        int mixed = (tag ^ tag >>> 12) * 0x9e3779 & MAX_TAG;
        mixed = (mixed ^ mixed >>> 11) * 0x85ebcb & MAX_TAG;
        return mixed ^ mixed >>> 13;
    }

    /** Tells whether this frame only begins a history. */
    public boolean isGenesis() {
        return content == null;
    }
}
