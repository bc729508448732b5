/**
 * The numbered history of each channel. Read {@link io.ssebridge.history.History} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.history;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
