/**
 * The data of personalised channels: asks services which data different readers get, and keeps the answers for a while.
 *
 * <p><b>Threads:</b> everything belongs to the node's own context. {@code PersonalAnswers} may be called on any thread, and
 * switches to it.
 *
 * <p>Read {@link io.ssebridge.personal.PersonalAnswers} first.
 */
@NullMarked
@CheckReturnValue
package io.ssebridge.personal;

import com.google.errorprone.annotations.CheckReturnValue;
import org.jspecify.annotations.NullMarked;
