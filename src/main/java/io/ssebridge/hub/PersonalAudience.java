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
 * <p>Offered events wait here until their data for these readers is made. Then they go to the {@link Audience}, in
 * their order. Their data is asked for at once, not one after another. So a service that does not answer delays each event
 * by one time-out only.
 *
 * <p>If too many events wait, or their data cannot be made now, the audience is only told how far the channel has come.
 * Its seats then read these events from the history, as fast as the service answers. Without a history they are lost.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class PersonalAudience {
    private static final int MAX_EVENTS = 256;
    private static final long MAX_BYTES = 1 << 20;
    private static final long OVERDUE_MILLIS = Duration.ofSeconds(10).toMillis();

    private final Audience audience;
    private final PersonalView view;
    private final NodeClock clock;
    private final Deque<Offer> waiting = new ArrayDeque<>(1);
    private int count;
    private long bytes;
    // The cursor after the newest event that was not taken; null if all were taken.
    private @Nullable Cursor missed;

    /** Events that were offered together. */
    private static final class Offer {
        private final Cursor before;
        private final Cursor after;
        private final int count;
        private final long bytes;
        private final long sinceMillis;
        private boolean answered;
        // Null: not answered yet, or they must be read again.
        private @Nullable List<EncodedEvent> events;

        private Offer(Cursor before, List<EncodedEvent> events, Cursor after, long sinceMillis) {
            this.before = before;
            this.after = after;
            this.count = events.size();
            this.bytes = bytes(events);
            this.sinceMillis = sinceMillis;
        }

        private static long bytes(List<EncodedEvent> events) {
            long sum = 0;
            for (EncodedEvent event : events) {
                sum += event.alone().length();
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
     * Takes new events.
     *
     * @param published the same events as they were published, without notices
     */
    void offer(Cursor before, List<EncodedEvent> events, List<PublishedEvent> published, Cursor after) {
        Offer offer = new Offer(before, events, after, clock.elapsedMillis());
        if (missed != null || !hasRoom(offer)) {
            missed = after;
            return;
        }
        waiting.add(offer);
        count += offer.count;
        bytes += offer.bytes;
        Owner.attempt(() -> view.of(events, published, true)).onComplete(answer -> take(offer, answer));
    }

    private boolean hasRoom(Offer offer) {
        return waiting.isEmpty() || count + offer.count <= MAX_EVENTS && bytes + offer.bytes <= MAX_BYTES;
    }

    private void take(Offer offer, AsyncResult<List<EncodedEvent>> answer) {
        offer.answered = true;
        offer.events = answer.succeeded() ? answer.result() : null;
        for (Offer first = waiting.peek(); first != null && first.answered; first = waiting.peek()) {
            waiting.remove();
            count -= first.count;
            bytes -= first.bytes;
            handOn(first);
        }
        tellMissed();
    }

    private void handOn(Offer offer) {
        List<EncodedEvent> events = offer.events;
        if (events == null) {
            skipTo(offer.after);
        } else {
            audience.offer(offer.before, events, offer.after);
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
        return audience.lag(cursor) + count;
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
        count = 0;
        bytes = 0;
        missed = null;
    }

    /** Resets the audience if nothing has moved since the last call, or an answer is long overdue; tells whether it did. */
    boolean resetIfStuck() {
        Offer first = waiting.peek();
        boolean overdue = first != null && clock.elapsedMillis() - first.sinceMillis >= OVERDUE_MILLIS;
        if (overdue) {
            Cursor newest = missed == null ? waiting.getLast().after : missed;
            drop();
            skipTo(newest);
        }
        return audience.resetIfStuck() || overdue;
    }
}
