/**
 * What channels are called and which rules hold for them: values only, no threads, no I/O. Read {@link io.ssebridge.channel.ChannelRule} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.channel;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
