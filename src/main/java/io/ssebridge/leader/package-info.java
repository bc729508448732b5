/**
 * Leads channels: it numbers their events, appends them to the history once, and announces them to nodes. Threads:
 * everything here runs on the node's own context. Read {@link io.ssebridge.leader.Leader} first, then {@link
 * io.ssebridge.leader.LedChannel}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.leader;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
