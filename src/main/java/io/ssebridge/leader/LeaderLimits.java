package io.ssebridge.leader;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;

/**
 * The limits that the leaders on all event loops of a node share. Any thread.
 *
 * @param silent counts the led channels without events
 * @param spoken counts the led channels with events
 * @param search finds room for channels without events on other event loops
 * @param histories counts the bytes of the histories of led channels
 * @param unsent counts the bytes that wait for other nodes
 */
public record LeaderLimits(
        ChannelRoom silent, ChannelRoom spoken, RoomSearch search, HistoryRoom histories, UnsentBytes unsent) {
    /**
     * Creates the limits of a node that leads no channel yet.
     *
     * @param rules the rules of the channels
     * @param maxChannels the largest number of channels with events, and of channels without
     * @param maxHistoryBytes the largest number of bytes in histories
     * @param loops the number of event loops
     * @param meters the metrics
     */
    public static LeaderLimits of(
            ChannelRules rules, int maxChannels, long maxHistoryBytes, int loops, MeterRegistry meters) {
        return new LeaderLimits(
                new ChannelRoom(rules, maxChannels),
                new ChannelRoom(rules, maxChannels),
                new RoomSearch(),
                new HistoryRoom(maxHistoryBytes, loops, meters),
                new UnsentBytes());
    }

    /**
     * Divides the room for channels again, after the rules or the limit have changed.
     *
     * @param maxChannels as above
     */
    public void changed(int maxChannels) {
        silent.changed(maxChannels);
        spoken.changed(maxChannels);
    }
}
