/**
 * Counts the subscribers and members of channels in the whole cluster, and tells when they change. Every node knows its own
 * streams; the others are asked. Everything here runs on the node's own context, except {@code ChannelLister}. Read {@link io.ssebridge.presence.Presence}
 * first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.presence;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
