/**
 * The way of events from the event bus to the history and to the nodes: finding the leader of a channel, receiving
 * events, appending and announcing them. Threads: everything here runs on the node's own context. Read {@link
 * io.ssebridge.bus.Leader} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
