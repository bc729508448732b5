/**
 * The HTTP interface of the bridge: routes, the checks of requests, and their answers.
 *
 * <p><b>Threads:</b> each request and its stream belong to one event loop. {@code NodeHealth} and the options
 * may be used by any thread.
 *
 * <p>Read {@link io.ssebridge.http.BridgeRoutes} first, then {@code RequestDispatcher}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
