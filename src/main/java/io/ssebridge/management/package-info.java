/**
 * What operators read from a node on a port of its own: the metrics, and the health in detail.
 *
 * <p><b>Threads:</b> any; {@code MetricsRoute} and {@code HealthDetails} belong to the event loop of the server.
 *
 * <p>Read {@link io.ssebridge.management.ManagementServer} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.management;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
