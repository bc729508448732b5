/**
 * Reads requests: their targets, query parameters, headers and bodies. A {@code Problem} says why one is refused.
 *
 * <p><b>Threads:</b> {@code BodyReader} and {@code BodyBudget} belong to the event loop of the requests. All other types are
 * immutable or have only static methods; any thread.
 *
 * <p>Read {@link io.ssebridge.request.RequestTarget} first, then {@code Problem} and {@code BodyReader}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.request;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
