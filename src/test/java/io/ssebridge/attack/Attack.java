package io.ssebridge.attack;

import java.io.IOException;

/** One way to harm the other clients of a node. */
interface Attack {
    /** A short name, for {@code attack.only} and for the report. */
    String name();

    /** How often it strikes per second, over all its threads. */
    double rate();

    /** How many threads strike at the same time. */
    default int threads() {
        return 1;
    }

    /** From how many addresses it comes. */
    default int addresses() {
        return 1;
    }

    /**
     * Strikes once. A wrong answer is an {@link AssertionError}; a connection that ends early is not.
     *
     * @param strike the target, and the table of the answers
     * @throws IOException if a connection ends, or nothing comes in time
     */
    void strike(Strike strike) throws IOException;

    /** Lets go of the connections that it still holds. */
    default void end() {}
}
