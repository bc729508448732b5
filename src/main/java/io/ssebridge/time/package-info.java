/**
 * The clocks of a node: the wall clock and the monotonic clock.
 *
 * <p><b>Threads:</b> any; the package keeps no state.
 *
 * <p>Read {@link io.ssebridge.time.NodeClock} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.time;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
