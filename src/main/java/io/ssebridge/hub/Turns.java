package io.ssebridge.hub;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/**
 * Lets some readings of personalised channels run at the same time, and the others wait. Each holds its events until all
 * questions about them are answered.
 *
 * <p><b>Owner:</b> an event loop.
 */
final class Turns {
    private static final int MOST = 8;

    private final Deque<Turn> waiting = new ArrayDeque<>();
    private int taken;

    /** The right of one reading to run. */
    final class Turn {
        private @Nullable Runnable step;
        private boolean taken;
        private boolean ended;

        /** Runs a step as soon as there is room, perhaps at once. */
        void begin(Runnable next) {
            step = next;
            waiting.add(this);
            goOn();
        }

        /** Makes room for another one. A step that has not begun never begins. */
        void end() {
            if (!ended) {
                ended = true;
                step = null;
                if (taken) {
                    Turns.this.taken--;
                    goOn();
                }
            }
        }
    }

    /** Returns a turn that has not begun. */
    Turn next() {
        return new Turn();
    }

    private void goOn() {
        while (taken < MOST && !waiting.isEmpty()) {
            Turn first = waiting.remove();
            Runnable step = first.step;
            if (!first.ended && step != null) {
                first.taken = true;
                taken++;
                step.run();
            }
        }
    }
}
