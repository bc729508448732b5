/**
 * Brings events from the event bus to the history and to the nodes: it finds the leader of a channel, receives events,
 * appends them and announces them. Threads: everything here runs on the node's own context. Read {@link
 * io.ssebridge.bus.Leader} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
