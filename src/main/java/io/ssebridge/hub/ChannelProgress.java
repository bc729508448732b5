package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import java.util.Optional;

/**
 * How far a stream is in the history of one of its channels.
 *
 * @param channel the channel
 * @param eventId the event id of a stream of this channel alone with the same cursor; empty: the channel has no history
 * @param lag the number of events that the stream has not been given yet. While it reads the history, other frames may be
 *     counted too
 * @param skipped the events that it has passed without getting them
 */
public record ChannelProgress(ChannelName channel, Optional<String> eventId, long lag, Skipped skipped) {
    /**
     * Events that a stream has passed without getting them.
     *
     * @param filtered it has not asked for events of their names
     * @param notSelected their selectors do not select its reader
     * @param withheld the service that makes the data for its reader withholds them
     * @param unanswered that service has not answered, or not in time
     */
    public record Skipped(long filtered, long notSelected, long withheld, long unanswered) {
        static final Skipped NONE = new Skipped(0, 0, 0, 0);
    }
}
