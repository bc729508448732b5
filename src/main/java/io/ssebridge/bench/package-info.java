/**
 * A load generator: many subscribers, publishers at a fixed rate, and a check of every event. It knows nothing of the
 * bridge beyond HTTP, so that other servers can be measured by the same ruler. Read {@link io.ssebridge.bench.Bench} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bench;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
