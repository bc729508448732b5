/**
 * The time of a node: any thread, no state. Read {@link io.ssebridge.time.NodeClock} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.time;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
