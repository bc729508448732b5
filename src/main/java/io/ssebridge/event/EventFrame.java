package io.ssebridge.event;

/**
 * An event as its channel's history keeps it. Immutable.
 *
 * @param uid identifies the event from its arrival at the bridge on, in all attempts to append it
 * @param base see {@link Frame#base}
 * @param index see {@link Frame#index}
 * @param previousTag see {@link Frame#previousTag}
 * @param timeMillis see {@link Frame#timeMillis}
 * @param event the event
 */
public record EventFrame(long uid, long base, int index, int previousTag, long timeMillis, Event event)
        implements Frame {
    /** Checks the bounds. */
    public EventFrame {
        if (base < -1 || index < 0 || previousTag < 0 || previousTag > MAX_TAG) {
            throw new IllegalArgumentException("frame: base %d, index %d, tag %d (expected: not below -1, 0, 0 to %d)"
                    .formatted(base, index, previousTag, MAX_TAG));
        }
    }

    @Override
    public boolean ends() {
        return event.attributes().end();
    }
}
