/**
 * The numbered history of each channel, and the ways to read it.
 *
 * <p><b>Threads:</b> any; state is immutable, atomic, or guarded by {@code SerialSteps} or the ring's own lock. Answers
 * come on the caller's context.
 *
 * <p>Read {@link io.ssebridge.history.History} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.history;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
