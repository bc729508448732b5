/**
 * Open event streams. Each belongs to the event loop of its request. Read {@link io.ssebridge.subscriber.Subscriber} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.subscriber;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
