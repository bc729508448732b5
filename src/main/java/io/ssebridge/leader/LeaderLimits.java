package io.ssebridge.leader;

import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;

/**
 * The limits that the leaders on all event loops of a node share. Any thread.
 *
 * @param silent counts the led channels without events
 * @param spoken counts the led channels with events
 * @param unsentBytes the bytes that may wait for another node, on each event loop
 */
public record LeaderLimits(ChannelRoom silent, ChannelRoom spoken, long unsentBytes) {
    /**
     * Creates the limits of a node that leads no channel yet.
     *
     * @param rules the rules of the channels
     * @param maxChannels the largest number of channels with events, and of channels without
     * @param loops the number of event loops
     */
    public static LeaderLimits of(ChannelRules rules, int maxChannels, int loops) {
        return new LeaderLimits(
                new ChannelRoom(rules, maxChannels),
                new ChannelRoom(rules, maxChannels),
                AnnouncementSender.MAX_UNSENT_BYTES / loops);
    }

    /**
     * Divides the room for channels anew, after the rules or the limit have changed.
     *
     * @param maxChannels as above
     */
    public void changed(int maxChannels) {
        silent.changed(maxChannels);
        spoken.changed(maxChannels);
    }
}
