/** Compression that many streams share: pieces that are compressed once, each without the text before it. */
@NullMarked
@CheckReturnValue
package io.ssebridge.gzip;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
