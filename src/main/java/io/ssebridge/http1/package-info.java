/**
 * HTTP/1.1 on the socket: decodes requests, bounds the memory and the time that they take, and writes streams.
 *
 * <p><b>Threads:</b> each object belongs to the event loop of its connections.
 *
 * <p>Read {@link io.ssebridge.http1.Http1Connections} first, then {@code RequestDecoder} and {@code SocketSink}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.http1;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
