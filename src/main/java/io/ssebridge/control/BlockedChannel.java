package io.ssebridge.control;

import io.ssebridge.channel.ChannelName;
import java.time.Duration;

/**
 * A channel that a subject cannot open now, because it was disconnected from it.
 *
 * @param channel the channel
 * @param rest the time for which it cannot open it
 */
public record BlockedChannel(ChannelName channel, Duration rest) {}
