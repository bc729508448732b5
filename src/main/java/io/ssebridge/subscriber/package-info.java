/**
 * Open event streams: their encoded events, heartbeats, expiry and end, and the bounds of stalled ones.
 *
 * <p><b>Threads:</b> each stream belongs to the event loop of its request. Only the count of streams and {@code
 * StalledBytes} are shared between event loops, and atomic.
 *
 * <p>Read {@link io.ssebridge.subscriber.Subscriber} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.subscriber;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
