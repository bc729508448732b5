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

    /** The number of bits of a tag that identify the history. */
    int LINK_BITS = 23;

    /** The highest link, as these bits alone are called. */
    int MAX_LINK = 0x7f_ff_ff;

    /** The tag that means: no frame. */
    int NO_TAG = 0;

    /** The bit of a tag that says whether the frame ends its channel. So a cursor says it too. */
    int END_BIT = 1;

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

    /** Returns whether the frame is the last one of its channel. */
    boolean ends();

    /**
     * Returns 24 bits. 23 of them identify the history up to this frame; the last one says whether the frame {@linkplain
     * #ends ends} its channel. The tag is computed from the uid and the tag before.
     * So it depends, link by link, on the uids of all frames back to the genesis frame, which has a random uid. An event
     * that is published twice with one key has the same uid in every new history, but in practice another tag.
     */
    default int tag() {
        return tag(previousTag(), uid()) | (ends() ? END_BIT : 0);
    }

    /**
     * Computes the tag of a frame that does not end its channel.
     *
     * @param previousTag the tag of the frame before
     * @param uid the frame's uid
     */
    static int tag(int previousTag, long uid) {
        int own = (int) (uid ^ uid >>> LINK_BITS ^ uid >>> 2 * LINK_BITS) & MAX_LINK;
        int link = mix(previousTag >>> 1 ^ own);
        if (link == 0) {
            // Exactly one earlier link would lead to NO_TAG. It gets instead the link that NO_TAG itself leads to.
            link = mix(own);
        }
        return (link == 0 ? 1 : link) << 1;
    }

    // Each step is reversible. So two histories that differ keep different tags while the same events follow in both.
    private static int mix(int link) {
        int mixed = (link ^ link >>> 12) * 0x9e3779 & MAX_LINK;
        mixed = (mixed ^ mixed >>> 11) * 0x85ebcb & MAX_LINK;
        return mixed ^ mixed >>> 13;
    }
}
