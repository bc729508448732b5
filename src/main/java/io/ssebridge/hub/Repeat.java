package io.ssebridge.hub;

import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Repeats a step that completes at once or later. Steps that complete at once run in a loop: so the stack does not grow
 * with their number. After some of them, other tasks of the owner run first.
 */
final class Repeat {
    private static final int TURN = 16;

    private Repeat() {}

    /**
     * Repeats a step while its result is true; called on the owner.
     *
     * @param step completes on the owner; a failure ends the repetition too
     */
    static void whileTrue(Owner owner, Supplier<Future<Boolean>> step) {
        for (int i = 0; i < TURN; i++) {
            Future<Boolean> done = step.get();
            if (!done.isComplete()) {
                done.onSuccess(again -> {
                    if (again) {
                        whileTrue(owner, step);
                    }
                });
                return;
            }
            if (done.failed() || !done.result()) {
                return;
            }
        }
        owner.run(() -> whileTrue(owner, step));
    }
}
