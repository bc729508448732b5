/**
 * What the bridge says over HTTP; runs on the event loop of each request.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.http;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
