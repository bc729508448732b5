/**
 * Live channels of this node: they hand events to the subscribers, and fill gaps from the history.
 *
 * <p><b>Threads:</b> {@code Hubs} and {@code Hub} belong to the event loop of the channels' shards, {@code LoopAudiences} and
 * everything below it to that of the streams. {@code NodeHubs} is for any thread. Code on other threads switches to the {@link io.ssebridge.hub.Owner}.
 *
 * <p>Read {@link io.ssebridge.hub.Hubs} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.hub;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
