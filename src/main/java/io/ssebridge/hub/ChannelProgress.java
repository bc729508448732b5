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
 */
public record ChannelProgress(ChannelName channel, Optional<String> eventId, long lag) {}
