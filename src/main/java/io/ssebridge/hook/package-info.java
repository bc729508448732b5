/**
 * Questions to services of the application: they may decide about subscribers, and give the first events of a stream.
 * Read {@link io.ssebridge.hook.ServiceCalls} first. Threads: each event loop has its own {@code ServiceCalls}; all other
 * types may be used on any thread.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.hook;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
