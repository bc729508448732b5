/**
 * The wire formats of an event: to the browser and between nodes. Pure: no I/O, any thread. Read {@link io.ssebridge.event.Event} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.event;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
