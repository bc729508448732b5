package io.ssebridge.event;

/**
 * The record of an append to a channel's history. Immutable.
 *
 * <p>The frame also records what its leader knew when it appended the frame. So every reader can decide by itself
 * whether the frame is valid: see {@code io.ssebridge.history.HistoryReader}.
 */
public sealed interface Frame permits EventFrame, GenesisFrame {
    /** The highest tag. */
    int MAX_TAG = 0xff_ff_ff;

    /** The tag that means: no frame. */
    int NO_TAG = 0;

    /** Returns the number that identifies the content of the frame in all attempts to append it. */
    long uid();

    /** Returns the highest sequence that the leader knew to be in the history. */
    long base();

    /** Returns the index of the frame in its batch, from 0. */
    int index();

    /** Returns the tag of the frame before. */
    int previousTag();

    /**
     * Returns the time of the append, in milliseconds since 1970. It is not less than the time of the frame before,
     * unless another leader's clock set that time more than a second ahead.
     */
    long timeMillis();

    /** Returns the sequence at which the leader expected to append the frame. */
    default long expectedSequence() {
        return base() + 1 + index();
    }

    /**
     * Returns 24 bits that identify the history up to this frame. The tag is computed from the uid and the tag before.
     * So it depends, link by link, on the uids of all frames back to the genesis frame, which has a random uid. An event
     * that is published twice with one key has the same uid in every new history, but in practice another tag.
     */
    default int tag() {
        return tag(previousTag(), uid());
    }

    /**
     * Computes the tag of a frame.
     *
     * @param previousTag the tag of the frame before
     * @param uid the frame's uid
     */
    static int tag(int previousTag, long uid) {
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
}
