/**
 * Who may do what: tokens become grants, a rule and a grant become a decision. Nothing here belongs to an event loop: all of
 * it is shared by all of them. Read {@link io.ssebridge.access.Access} first, then {@link io.ssebridge.access.TokenVerifier}.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.access;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
