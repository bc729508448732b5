/**
 * Contains the messages between nodes and their bytes. Nothing here has state; any thread. Read {@link
 * io.ssebridge.wire.Wire} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.wire;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
