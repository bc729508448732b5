/**
 * The metrics of single channels. Threads: any. Read {@link io.ssebridge.meters.ChannelMeters} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.meters;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
