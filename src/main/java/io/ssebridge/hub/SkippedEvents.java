package io.ssebridge.hub;

import io.ssebridge.event.Selector;
import org.jspecify.annotations.Nullable;

/**
 * Counts the events of one channel that a stream has passed without getting them, by the reason.
 *
 * <p><b>Owner:</b> the stream's event loop.
 */
final class SkippedEvents {
    private long filtered;
    private long notSelected;
    private long withheld;
    private long unanswered;

    /**
     * Counts an event.
     *
     * @param isWanted whether the stream asks for events of this name
     * @param selector the selector of the event
     */
    void add(boolean isWanted, @Nullable Selector selector) {
        if (!isWanted) {
            filtered++;
        } else if (Selector.WITHHELD.equals(selector)) {
            withheld++;
        } else if (Selector.UNANSWERED.equals(selector)) {
            unanswered++;
        } else {
            notSelected++;
        }
    }

    ChannelProgress.Skipped counts() {
        return new ChannelProgress.Skipped(filtered, notSelected, withheld, unanswered);
    }
}
