/** What the log of the runnable jar says, beyond its configuration. Nothing else knows of it. */
@NullMarked
@CheckReturnValue
package io.ssebridge.logging;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
