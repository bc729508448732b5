package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.history.PublishedEvent;
import io.ssebridge.time.NodeClock;
import io.vertx.core.AsyncResult;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The readers of a personalised channel with the same properties, on one event loop.
 *
 * <p>Offered entries wait here until their data for these readers is made. Then they go to the {@link Audience}, in
 * their order. Entries are asked for at once, not one after another. So a service that does not answer delays each entry
 * by one time-out only.
 *
 * <p>If too many entries wait, or their data cannot be made now, the audience is only told how far the channel has come.
 * Its seats then read these events from the history, as fast as the service answers. Without a history they are lost.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class PersonalAudience {
    private static final int MAX_EVENTS = 256;
    private static final long MAX_BYTES = 1 << 20;
    private static final long PATIENCE_MILLIS = Duration.ofSeconds(10).toMillis();

    private final Audience audience;
    private final PersonalView view;
    private final NodeClock clock;
    private final Deque<Offer> waiting = new ArrayDeque<>(1);
    private int events;
    private long bytes;
    // The cursor after the newest entry that was not taken; null if all were taken.
    private @Nullable Cursor missed;

    /** Entries that were offered together. */
    private static final class Offer {
        private final Cursor before;
        private final Cursor behind;
        private final int events;
        private final long bytes;
        private final long sinceMillis;
        private boolean answered;
        // Null: not answered yet, or they must be read again.
        private @Nullable List<EncodedEvent> entries;

        private Offer(Cursor before, List<EncodedEvent> entries, Cursor behind, long sinceMillis) {
            this.before = before;
            this.behind = behind;
            this.events = entries.size();
            this.bytes = bytes(entries);
            this.sinceMillis = sinceMillis;
        }

        private static long bytes(List<EncodedEvent> entries) {
            long sum = 0;
            for (EncodedEvent entry : entries) {
                sum += entry.alone().length();
            }
            return sum;
        }
    }

    PersonalAudience(Audience audience, PersonalView view, NodeClock clock) {
        this.audience = audience;
        this.view = view;
        this.clock = clock;
    }

    Audience audience() {
        return audience;
    }

    PersonalView view() {
        return view;
    }

    /**
     * Takes new entries.
     *
     * @param published the events of the entries, without notices
     */
    void offer(Cursor before, List<EncodedEvent> entries, List<PublishedEvent> published, Cursor behind) {
        Offer offer = new Offer(before, entries, behind, clock.elapsedMillis());
        if (missed != null || !hasRoom(offer)) {
            missed = behind;
            return;
        }
        waiting.add(offer);
        events += offer.events;
        bytes += offer.bytes;
        Owner.attempt(() -> view.of(entries, published, true)).onComplete(answer -> take(offer, answer));
    }

    private boolean hasRoom(Offer offer) {
        return waiting.isEmpty() || events + offer.events <= MAX_EVENTS && bytes + offer.bytes <= MAX_BYTES;
    }

    private void take(Offer offer, AsyncResult<List<EncodedEvent>> answer) {
        offer.answered = true;
        offer.entries = answer.succeeded() ? answer.result() : null;
        for (Offer first = waiting.peek(); first != null && first.answered; first = waiting.peek()) {
            waiting.remove();
            events -= first.events;
            bytes -= first.bytes;
            handOn(first);
        }
        tellMissed();
    }

    private void handOn(Offer offer) {
        List<EncodedEvent> entries = offer.entries;
        if (entries == null) {
            skipTo(offer.behind);
        } else {
            audience.offer(offer.before, entries, offer.behind);
        }
    }

    private void tellMissed() {
        Cursor newest = missed;
        if (newest != null && waiting.isEmpty()) {
            missed = null;
            skipTo(newest);
        }
    }

    /** Returns the number of events after a cursor. */
    long lag(Cursor cursor) {
        return audience.lag(cursor) + events;
    }

    /** Makes the audience notice that events before a cursor are missing. */
    private void skipTo(Cursor cursor) {
        audience.offer(cursor, List.of(), cursor);
    }

    /** Releases all memory after the last seat was removed. */
    void close() {
        drop();
        audience.close();
    }

    // The answers come later, and find nothing that waits for them.
    private void drop() {
        waiting.clear();
        events = 0;
        bytes = 0;
        missed = null;
    }

    /** Resets the audience if nothing has moved since the last call, or an answer is long overdue; tells whether it did. */
    boolean resetIfStuck() {
        Offer first = waiting.peek();
        boolean overdue = first != null && clock.elapsedMillis() - first.sinceMillis >= PATIENCE_MILLIS;
        if (overdue) {
            Cursor newest = missed == null ? waiting.getLast().behind : missed;
            drop();
            skipTo(newest);
        }
        return audience.resetIfStuck() || overdue;
    }
}
