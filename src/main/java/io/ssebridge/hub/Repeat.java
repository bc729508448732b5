package io.ssebridge.hub;

import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Repeats a step that is done at once or later. Steps that are done at once follow one another in a loop: the stack does not
 * grow with their number, and after some of them others have their turn.
 */
final class Repeat {
    private static final int TURN = 16;

    private Repeat() {}

    /**
     * Repeats a step as long as it answers true; to be called on the owner.
     *
     * @param step answers on the owner; a failure ends it too
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
