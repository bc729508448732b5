/**
 * Event loops as owners of objects: their threads, and contexts on them.
 *
 * <p><b>Threads:</b> any.
 *
 * <p>Read {@link io.ssebridge.loop.LoopThread} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.loop;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
