/**
 * HTTP/2: writes streams, each of which is one of many of its connection, and bounds what a connection costs.
 *
 * <p><b>Threads:</b> each object belongs to the event loop of its connections.
 *
 * <p>Read {@link io.ssebridge.http2.Http2Sink} first, then {@code Http2Connections}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.http2;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
