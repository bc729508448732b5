/**
 * The services of the demo: scenes that publish events, clocks, and the names of the nodes. They exist in demo mode only. They
 * publish over the event bus, as any Vert.x service in the cluster does.
 *
 * <p><b>Threads:</b> everything belongs to the context of {@code Demo}, a verticle. The methods of {@code Demo} may be called
 * on any thread.
 *
 * <p>Read {@link io.ssebridge.demo.Demo} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.demo;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
