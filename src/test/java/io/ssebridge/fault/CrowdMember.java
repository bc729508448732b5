package io.ssebridge.fault;

import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.ResumingSubscriber;
import java.net.URI;
import java.time.Duration;

/**
 * One of many subscribers: of the channel of all, and of a channel that it shares with few. It checks that the events of each have the
 * numbers 0, 1, 2 and so on, and notes how long no event of all came. Guarded by its monitor.
 */
final class CrowdMember {
    private static final int NOBODY = -1;

    private final ResumingSubscriber stream;
    private final Noted noted;
    private final CrowdNodes nodes;
    private final String query;
    private int asked = NOBODY;
    private boolean answered;
    private int nextOfAll;
    private int nextOfFew;
    private int flaws;
    private int resets;
    private long heardNanos = System.nanoTime();
    private long silentNanos;
    private boolean returned;

    /** Is told of each event of all. */
    interface Noted {
        /** An event has come: its number, and the time of {@link System#nanoTime}. */
        void received(int number, long nowNanos);
    }

    /**
     * A subscriber that opens its stream at once.
     *
     * @param query of its streams
     * @param pause before it connects again
     */
    CrowdMember(CrowdNodes nodes, String query, Duration pause, Noted noted) {
        this.nodes = nodes;
        this.query = query;
        this.noted = noted;
        this.stream = new ResumingSubscriber(this::next, this::take, pause);
    }

    private synchronized URI next() {
        if (asked != NOBODY) {
            nodes.leave(asked);
            if (!answered) {
                nodes.avoid(asked);
            }
        }
        asked = nodes.take();
        answered = false;
        return nodes.uri(asked).resolve("/stream" + query);
    }

    private synchronized void take(ReceivedEvent event) {
        switch (event.type()) {
            case "stream-open" -> {
                answered = true;
                returned = true;
            }
            case "stream-reset" -> resets++;
            case "all" -> {
                long nowNanos = System.nanoTime();
                int number = Integer.parseInt(event.data());
                flaws += number == nextOfAll ? 0 : 1;
                nextOfAll = number + 1;
                silentNanos = Math.max(silentNanos, nowNanos - heardNanos);
                heardNanos = nowNanos;
                noted.received(number, nowNanos);
            }
            case "few" -> {
                int number = Integer.parseInt(event.data());
                flaws += number == nextOfFew ? 0 : 1;
                nextOfFew = number + 1;
            }
            default -> {
                // The bridge tells how the stream goes.
            }
        }
    }

    /** Begins to measure the silence, and to watch whether a stream is opened again. */
    synchronized void mark() {
        silentNanos = 0;
        heardNanos = System.nanoTime();
        returned = false;
    }

    /** The longest time without an event of all since the mark; 0 if another stream was opened since. */
    synchronized long silentNanos() {
        return returned ? 0 : Math.max(silentNanos, System.nanoTime() - heardNanos);
    }

    /** The longest time without an event of all since the mark, if another stream was opened since; otherwise 0. */
    synchronized long awayNanos() {
        return returned ? Math.max(silentNanos, System.nanoTime() - heardNanos) : 0;
    }

    /** Whether it has the first events of both channels, up to these numbers. */
    synchronized boolean has(int ofAll, int ofFew) {
        return nextOfAll >= ofAll && nextOfFew >= ofFew;
    }

    /** How often a number was not the next one. */
    synchronized int flaws() {
        return flaws;
    }

    synchronized int resets() {
        return resets;
    }

    ResumingSubscriber stream() {
        return stream;
    }
}
