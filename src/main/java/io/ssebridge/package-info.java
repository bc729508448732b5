/**
 * The bridge as a whole: its options and its command line. Read {@link io.ssebridge.BridgeOptions} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
