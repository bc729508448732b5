/**
 * The whole bridge: its entry point for programs, its options, and its command line. Threads: {@link
 * io.ssebridge.Bridge} and {@link io.ssebridge.Publisher} can be used on any thread; the commands run on the main
 * thread. Read {@link io.ssebridge.Bridge} first, then {@link io.ssebridge.BridgeOptions}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
