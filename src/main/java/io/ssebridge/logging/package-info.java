/**
 * Filters for the log of the runnable jar, in addition to its configuration.
 *
 * <p><b>Threads:</b> any.
 *
 * <p>Read {@link io.ssebridge.logging.OncePerMinute} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.logging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
