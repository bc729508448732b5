/**
 * Live channels on this node: who listens here, and what they have yet to get. Read {@link io.ssebridge.hub.Hubs} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.hub;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
