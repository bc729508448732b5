/**
 * Channel names, patterns, and the rules that apply to channels. Threads: immutable values without I/O, usable on any
 * thread; only a {@link io.ssebridge.channel.ChannelRoom} has an owner. Read {@link io.ssebridge.channel.ChannelRule}
 * first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.channel;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
