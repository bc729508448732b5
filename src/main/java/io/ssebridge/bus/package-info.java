/**
 * Brings events from the event bus to their leaders and to the hubs of this node. It consumes the mapped addresses and
 * the addresses of the node. Threads: everything here runs on the node's own context. Read {@link
 * io.ssebridge.bus.BusNode} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
