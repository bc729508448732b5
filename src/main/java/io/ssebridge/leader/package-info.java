/**
 * Leads channels: it numbers their events, appends them to the history once, and announces them to nodes. Threads:
 * each event loop of a node has a {@code Leader} with its parts, which run there only; limits that they share are for any thread. Read {@link io.ssebridge.leader.Leader} first, then {@link
 * io.ssebridge.leader.LedChannel}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.leader;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
