package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;

/**
 * A question about a channel with its newest frame at the tail.
 *
 * @param what what is asked
 */
record TailQuery<T>(ChannelName channel, T what, Cursor tail) {}
