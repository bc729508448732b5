/**
 * Live channels of this node: they hand events to the subscribers, and fill gaps from the history.
 *
 * <p><b>Threads:</b> {@code Hubs} and {@code Hub} belong to the node's own context. {@code LoopAudiences} and everything
 * below it belong to one event loop each. Code on other threads switches to the {@link io.ssebridge.hub.Owner}.
 *
 * <p>Read {@link io.ssebridge.hub.Hubs} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.hub;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
