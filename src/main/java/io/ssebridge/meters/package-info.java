/**
 * The metrics of single channels, as their rules ask for. Threads: any. Read {@link io.ssebridge.meters.ChannelMeters} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.meters;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
