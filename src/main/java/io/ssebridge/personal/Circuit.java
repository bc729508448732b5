package io.ssebridge.personal;

import java.time.Duration;

/**
 * Decides whether a service is asked. After three time-outs in a row, it is asked once a second until it answers.
 *
 * <p><b>Owner:</b> the owner of {@link PersonalAnswers}.
 */
final class Circuit {
    private static final int MOST_FAILURES = 3;
    private static final long PAUSE_MILLIS = Duration.ofSeconds(1).toMillis();

    private int failures;
    private long failedMillis = Long.MIN_VALUE;
    private long pausedUntilMillis;

    /** Tells whether the service is asked a question now. While it does not answer, only every second it is. */
    boolean permits(long nowMillis) {
        if (failures < MOST_FAILURES) {
            return true;
        }
        if (nowMillis < pausedUntilMillis) {
            return false;
        }
        pausedUntilMillis = nowMillis + PAUSE_MILLIS;
        return true;
    }

    void answered() {
        failures = 0;
    }

    /**
     * Records that a question was not answered. Questions that were in flight at the same time count once.
     *
     * @param askedMillis when it was asked
     */
    void failed(long askedMillis, long nowMillis) {
        if (askedMillis >= failedMillis) {
            failures = Math.min(failures + 1, MOST_FAILURES);
            failedMillis = nowMillis;
            pausedUntilMillis = nowMillis + PAUSE_MILLIS;
        }
    }
}
