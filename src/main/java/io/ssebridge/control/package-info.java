/**
 * The open streams of the cluster as their subjects and administrators see them. Any node finds a stream by its id, describes
 * it, extends it by a new token, and disconnects it.
 *
 * <p><b>Threads:</b> {@code OpenStreams} is used by all event loops. An {@code OpenStream} belongs to the event loop of its
 * stream.
 *
 * <p>Read {@link io.ssebridge.control.StreamControl} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.control;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
