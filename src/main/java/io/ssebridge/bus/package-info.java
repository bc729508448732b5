/**
 * Brings events from the event bus to their leaders and to the hubs of this node. It consumes the mapped addresses and
 * the addresses of the node. Threads: the parts of a {@code
 * ShardLoop} run on one event loop each, the others on the node's own context. Read {@link
 * io.ssebridge.bus.BusNode} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
