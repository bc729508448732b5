/**
 * Tokens, grants and decisions: a token becomes a grant; a rule and a grant become a decision. Threads: all event loops
 * share everything in this package. The objects are immutable or have a lock of their own. Read {@link
 * io.ssebridge.access.Access} first, then {@link io.ssebridge.access.TokenVerifier}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.access;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
