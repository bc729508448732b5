/**
 * A load generator: many subscribers, publishers at a fixed rate, and a check of every event. It uses the bridge only
 * over HTTP or the event bus, so that other servers can be measured in the same way. Threads: the thread of the command
 * runs {@link io.ssebridge.bench.Bench}; listener loops and the publishing have threads of their own. Read {@link
 * io.ssebridge.bench.Bench} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.bench;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
