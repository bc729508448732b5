/**
 * Events, frames, cursors and event ids, with their formats for browsers and between nodes.
 *
 * <p><b>Threads:</b> any; all types are immutable or have only static methods, and do no I/O.
 *
 * <p>Read {@link io.ssebridge.event.Event} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.event;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
