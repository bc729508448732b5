package io.ssebridge.hub;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.SharedBody;
import io.ssebridge.subscriber.Subscriber;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.BiConsumer;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * A subscriber's seat in one {@link Audience}. It is always in one of these states:
 *
 * <ul>
 *   <li><b>live</b>: its next event has a number in the audience. The audience may have dropped this event since then.
 *   <li><b>lagging</b>: the audience does not have its next event. A page of the history comes next.
 *   <li><b>reading</b>: it is lagging, and waits for a reading of the history, or for its turn.
 *   <li><b>ahead</b>: its cursor is after the newest announced event here. It waits for the next announcement, and is
 *       lagging then.
 *   <li><b>cut</b>: a write has failed, or its stream begins the channel again with a snapshot. It gets no more events, and
 *       no other state follows.
 * </ul>
 *
 * <p><b>Owner:</b> the owner of the audience. Only the audience and its {@link CatchUp} use it.
 */
final class Seat {
    private enum State {
        LIVE,
        LAGGING,
        READING,
        AHEAD,
        CUT
    }

    final Subscriber subscriber;
    private final Bookmarks bookmarks;
    private final int channel;
    private StreamForm form;
    private final boolean plain;
    /** The index in the audience's list. */
    int index;

    private State state = State.LAGGING;
    // The number of its next event in the audience, while it is live.
    private long next;
    // Begins the channel again if events are missing; null: the stream gets the notice.
    private @Nullable BiConsumer<EncodedEvent, Cursor> restart;

    Seat(Subscriber subscriber, Bookmarks bookmarks, int channel, StreamForm form, int index) {
        this.subscriber = subscriber;
        this.bookmarks = bookmarks;
        this.channel = channel;
        this.form = form;
        this.plain = form.isPlain();
        this.index = index;
    }

    /** Tells whether its next event has a number in the audience. */
    boolean isLive() {
        return state == State.LIVE;
    }

    /** Tells whether it waits for a reading of the history, or for its turn. */
    boolean isReading() {
        return state == State.READING;
    }

    /** Tells whether it waits for the next announcement. */
    boolean isAhead() {
        return state == State.AHEAD;
    }

    /** Returns the number of its next event in the audience; only while it is live. */
    long next() {
        return next;
    }

    /** Tells whether it lacks an event before this number. */
    boolean lacks(long end) {
        return state == State.LIVE ? next < end : state != State.CUT;
    }

    /** Tells whether it lacks an event before this number, and waits for nothing. */
    boolean isDue(long end) {
        return state == State.LIVE ? next < end : state == State.LAGGING;
    }

    /** Tells whether it needs the history, if the audience's first event has this number. */
    boolean needsHistory(long first) {
        return state != State.LIVE || next < first;
    }

    /** Becomes live at the number of its next event; lagging if there is none. */
    void place(OptionalLong number) {
        if (number.isPresent()) {
            goLive(number.getAsLong());
        } else if (state != State.CUT) {
            state = State.LAGGING;
        }
    }

    /** Becomes live at an event, or continues there. */
    void goLive(long number) {
        if (state != State.CUT) {
            state = State.LIVE;
            next = number;
        }
    }

    /** Skips the events before a number, if it is live. */
    void skipTo(long number) {
        next = Math.max(next, number);
    }

    /** Waits for a reading, or for its turn; called while it is lagging. */
    void startReading() {
        if (state != State.CUT) {
            state = State.READING;
        }
    }

    /**
     * Ends the waiting for a reading, or for its turn.
     *
     * @param isAhead whether its cursor is after the newest announced event here
     */
    void endReading(boolean isAhead) {
        if (state == State.READING) {
            state = isAhead ? State.AHEAD : State.LAGGING;
        }
    }

    /** Ends the waiting for an announcement. */
    void takeAnnouncement() {
        if (state == State.AHEAD) {
            state = State.LAGGING;
        }
    }

    /** Gets no more events from now on. */
    void cut() {
        state = State.CUT;
    }

    /**
     * Sets what begins the channel again if events are missing.
     *
     * @param handler takes the notice, and the cursor of the newest event here; must not touch the audience before it returns
     */
    void onReset(BiConsumer<EncodedEvent, Cursor> handler) {
        restart = handler;
    }

    /**
     * Begins the channel again, instead of giving the seat a notice. The seat is cut then.
     *
     * @return false if the seat takes the notice itself
     */
    boolean restart(EncodedEvent reset, Cursor newest) {
        if (restart == null) {
            return false;
        }
        if (state != State.CUT) {
            state = State.CUT;
            restart.accept(reset, newest);
        }
        return true;
    }

    /** Tells whether all channels of its stream have ended, and it has all their events. */
    boolean isFinished() {
        return state != State.CUT && bookmarks.haveEnded();
    }

    Cursor cursor() {
        return bookmarks.at(channel);
    }

    void move(Cursor cursor) {
        bookmarks.move(channel, cursor);
    }

    /** Returns the counter of the events that its stream does not get. */
    SkippedEvents skipped() {
        return bookmarks.skipped(channel);
    }

    /**
     * Encodes events with the ids of its own stream, and advances its cursor to the last one.
     *
     * @param bodies the shared lines of the {@linkplain EncodedEvent#isLarge large} events, by index
     */
    private EncodedBatch numbered(List<EncodedEvent> events, IntFunction<SharedBody> bodies) {
        EncodedBatch.Builder all = new EncodedBatch.Builder();
        for (int i = 0; i < events.size(); i++) {
            EncodedEvent encoded = events.get(i);
            move(encoded.cursor());
            if (encoded.isLarge()) {
                all.add(bodies.apply(i));
            } else {
                all.add(encoded.body());
            }
            if (encoded.hasId()) {
                all.add(EventEncoder.end(bookmarks.id()));
            }
            if (encoded.ends()) {
                all.add(EncodedEvent.streamEnd(bookmarks.channels().get(channel)));
            }
        }
        return all.build(events.size());
    }

    /**
     * Writes events with the ids of its own stream, and advances its cursor. If that fails, the cursor stays
     * unchanged.
     */
    void writeNumbered(List<EncodedEvent> events, IntFunction<SharedBody> bodies, long nowMillis) {
        Cursor before = cursor();
        try (EncodedBatch own = numbered(events, bodies)) {
            subscriber.write(own, nowMillis);
        } catch (RuntimeException | Error e) {
            move(before);
            throw e;
        }
    }

    /** Gives it the next events for other properties of its reader. */
    void readAs(StreamForm changed) {
        form = changed;
    }

    /** Returns the form of its stream. */
    StreamForm form() {
        return form;
    }

    /** Tells whether it gets each event for every reader as it is encoded for all. */
    boolean isPlain() {
        return plain;
    }

    /** Tells whether its ids are the same as the channel's, so that it can share whole encoded events. */
    boolean isAlone() {
        return bookmarks.isSingle();
    }
}
