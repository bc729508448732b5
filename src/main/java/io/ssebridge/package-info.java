/**
 * What an embedder sees: the bridge, its options, its publisher and its verticle. Threads: {@link io.ssebridge.Bridge} and
 * {@link io.ssebridge.Publisher} can be used on any thread. Read {@link io.ssebridge.Bridge} first, then {@link
 * io.ssebridge.BridgeOptions}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
