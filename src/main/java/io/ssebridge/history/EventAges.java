package io.ssebridge.history;

import io.ssebridge.time.NodeClock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;

/**
 * Computes the age of an event from its leader's wall clock time, even if the wall clock was set back in the meantime.
 * Any thread.
 *
 * <p>While the wall clock is right, the age is the difference of two of its times. An event with a time in the future
 * was made before the wall clock was set back. The monotonic clock shows when that happened: this class remembers by
 * how much the wall clock led the monotonic clock before each step back.
 */
final class EventAges {
    private static final long SMALLEST_STEP_MILLIS = 1_000;
    private static final int MAX_STEPS = 8;

    private final NodeClock clock;
    private final AtomicReference<Lead> lead;

    /**
     * A step back of the wall clock.
     *
     * @param leadMillis how far the wall clock led the monotonic clock before it
     * @param elapsedMillis when it was noticed, on the monotonic clock
     */
    private record Step(long leadMillis, long elapsedMillis) {}

    /**
     * How far the wall clock leads the monotonic clock.
     *
     * @param millis how far
     * @param steps the latest steps back, the oldest first
     */
    private record Lead(long millis, List<Step> steps) {
        private Lead at(long wallMillis, long elapsedMillis) {
            long nowMillis = wallMillis - elapsedMillis;
            if (nowMillis > millis - SMALLEST_STEP_MILLIS && nowMillis < millis + SMALLEST_STEP_MILLIS) {
                return this;
            }
            if (nowMillis > millis) {
                return new Lead(nowMillis, steps);
            }
            List<Step> more = new ArrayList<>(steps.subList(Math.max(0, steps.size() - MAX_STEPS + 1), steps.size()));
            more.add(new Step(millis, elapsedMillis));
            return new Lead(nowMillis, List.copyOf(more));
        }
    }

    EventAges(NodeClock clock) {
        this.clock = clock;
        this.lead = new AtomicReference<>(new Lead(clock.millis() - clock.elapsedMillis(), List.of()));
    }

    /**
     * Notices whether the wall clock was set. It must be called often: a difference between the clocks that lasts for
     * less time than between two calls is never seen.
     */
    void watch() {
        var unused = watched(clock.millis(), clock.elapsedMillis());
    }

    private Lead watched(long wallMillis, long elapsedMillis) {
        Lead known = lead.get();
        Lead now = known.at(wallMillis, elapsedMillis);
        if (!now.equals(known)) {
            // If another thread has noticed it first, its value is equally good.
            lead.compareAndSet(known, now);
        }
        return now;
    }

    /**
     * Returns how old an event is, in milliseconds; 0 if this node cannot know.
     *
     * @param timeMillis when its leader received the event, in milliseconds since 1970
     */
    long ageMillis(long timeMillis) {
        long wallMillis = clock.millis();
        long elapsedMillis = clock.elapsedMillis();
        Lead now = watched(wallMillis, elapsedMillis);
        if (timeMillis <= wallMillis) {
            return wallMillis - timeMillis;
        }
        for (int i = now.steps().size() - 1; i >= 0; i--) {
            Step step = now.steps().get(i);
            long madeMillis = timeMillis - step.leadMillis();
            if (madeMillis <= step.elapsedMillis()) {
                return elapsedMillis - madeMillis;
            }
        }
        return 0;
    }
}
