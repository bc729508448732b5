package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.time.NodeClock;

/** Decides which events have expired, by the rules of their channels. Any thread. */
final class Expiry {
    private final ChannelRules rules;
    private final EventAges ages;

    Expiry(ChannelRules rules, NodeClock clock) {
        this.rules = rules;
        this.ages = new EventAges(clock);
    }

    /** Notices whether the wall clock was set. It must be called often. */
    void watchClock() {
        ages.watch();
    }

    /** Tells whether an event has not expired. */
    boolean isKept(ChannelName channel, NumberedFrame event) {
        return isKept(channel, event.frame().timeMillis());
    }

    /**
     * Tells whether an event has not expired.
     *
     * @param timeMillis when its leader received the event, in milliseconds since 1970
     */
    boolean isKept(ChannelName channel, long timeMillis) {
        return ages.ageMillis(timeMillis) < rules.retention(channel).ttl().toMillis();
    }
}
