/**
 * Text as UTF-8, and hashes of it.
 *
 * <p><b>Threads:</b> any; the package keeps no state.
 *
 * <p>Read {@link io.ssebridge.encoding.Utf8} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.encoding;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
