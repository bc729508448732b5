package io.ssebridge.event;

/**
 * The frame that begins a history. It is the first of its batch, and is never sent to subscribers. Immutable.
 *
 * @param uid a random number
 * @param base see {@link Frame#base}
 * @param previousTag see {@link Frame#previousTag}
 * @param timeMillis see {@link Frame#timeMillis}
 * @param sinceMillis the time since which, as its leader knows, the channel has had no frames, in milliseconds since
 *     1970
 */
public record GenesisFrame(long uid, long base, int previousTag, long timeMillis, long sinceMillis) implements Frame {
    /** Checks the bounds. */
    public GenesisFrame {
        if (base < -1 || previousTag < 0 || previousTag > MAX_TAG) {
            throw new IllegalArgumentException("genesis frame: base %d, tag %d (expected: not below -1, 0 to %d)"
                    .formatted(base, previousTag, MAX_TAG));
        }
    }

    @Override
    public int index() {
        return 0;
    }
}
