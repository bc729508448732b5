/**
 * From the event bus to the history and to the nodes: who leads a channel, how its events come in, and how they are announced. Everything here belongs to the node's own context. Read {@link io.ssebridge.bus.Leader} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bus;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
