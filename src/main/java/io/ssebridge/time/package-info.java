/**
 * The clocks of a node: the wall clock and the monotonic clock. A limit for log lines.
 *
 * <p><b>Threads:</b> any for the clocks; a limit belongs to the owner of the object that logs.
 *
 * <p>Read {@link io.ssebridge.time.NodeClock} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.time;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
