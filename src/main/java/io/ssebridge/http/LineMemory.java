package io.ssebridge.http;

import io.ssebridge.request.BodyBudget;
import io.ssebridge.request.EventLines;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The memory of the lines and the waiting events of one request, counted in the budget of its event loop. A request that
 * has completed a line since the last count is the newest again. So the budget refuses other requests first.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class LineMemory {
    private final EventLines lines;
    private final IntSupplier held;
    private final Runnable refuse;
    private BodyBudget.@Nullable Share share;
    private int countedBytes;
    private long countedLines;

    /**
     * Creates a memory that is not counted yet.
     *
     * @param held tells how many bytes the request takes now
     * @param refuse ends the request; called if the budget has no room for it
     */
    LineMemory(EventLines lines, IntSupplier held, Runnable refuse) {
        this.lines = lines;
        this.held = held;
        this.refuse = refuse;
    }

    /**
     * Counts the memory that the request takes now. To make room, the budget may refuse requests, this one too.
     *
     * @return whether a line has been completed since the last call
     */
    boolean count(BodyBudget budget) {
        int heldBytes = held.getAsInt();
        boolean goesOn = lines.lines() != countedLines;
        countedLines = lines.lines();
        if (goesOn || heldBytes < countedBytes) {
            giveBack();
        }
        if (heldBytes > countedBytes) {
            BodyBudget.Share counted = share == null ? budget.share(refuse) : share;
            share = counted;
            int moreBytes = heldBytes - countedBytes;
            countedBytes = heldBytes;
            counted.take(moreBytes);
        }
        return goesOn;
    }

    /** Gives the counted memory back to the budget. */
    void giveBack() {
        if (share != null) {
            share.giveBack();
            share = null;
        }
        countedBytes = 0;
    }
}
