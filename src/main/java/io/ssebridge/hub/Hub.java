package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.Replay;
import io.ssebridge.meters.ChannelMeter;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.LogLimit;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One live channel on this node: the event loops that have subscribers, and the cursor that its events have reached.
 *
 * <p>An announcement says after which frame it begins. If that is the hub's cursor, the events are handed to the event
 * loops. Otherwise events are missing, because the bus may lose messages, and leaders change. The hub reads the missing
 * events from the history, but never beyond an announced tail. If the history no longer has the frame at the hub's
 * cursor, all subscribers of this node are reset.
 *
 * <p><b>Owner:</b> the owner of {@link Hubs}.
 */
final class Hub {
    private static final Logger LOG = LoggerFactory.getLogger(Hub.class);
    private static final int READ = 64;
    private static final long READ_AGAIN_MILLIS = 200;

    private final Owner owner;
    private final LogLimit failures;
    private final HubMeters meters;
    private final ChannelName channel;
    private final HistoryReader history;
    private final StreamOptions streams;
    private final boolean keeps;
    // Null: the channel has no metrics of its own.
    private @Nullable ChannelMeter meter;
    private final List<Loop> loops = new ArrayList<>(1);
    // Cleared when the channel is attached: thousands of hubs would otherwise keep their finished futures.
    private @Nullable Future<Cursor> attaching;
    private @Nullable Cursor cursor;
    // The tail to read up to after the reading that is in flight.
    private @Nullable Cursor wanted;
    // The tail of the reading that is in flight.
    private @Nullable Cursor target;
    private boolean reading;
    // Counts the resets. A reading that began before the last reset is ignored.
    private int resets;
    private @Nullable Cursor cursorSeen;
    private boolean wasReading;

    /** An event loop, and the number of its streams that have joined. */
    private static final class Loop {
        private final LoopAudiences audiences;
        private int streams;

        private Loop(LoopAudiences audiences) {
            this.audiences = audiences;
        }
    }

    Hub(
            Owner owner,
            ChannelName channel,
            HistoryReader history,
            StreamOptions streams,
            LogLimit failures,
            HubMeters meters,
            @Nullable ChannelMeter meter) {
        this.owner = owner;
        this.meters = meters;
        this.meter = meter;
        this.failures = failures;
        this.channel = channel;
        this.history = history;
        this.streams = streams;
        this.keeps = history.keeps(channel);
    }

    /**
     * Attaches the channel if it is not attached, or if the last attempt failed; returns the cursor that its events
     * have reached.
     */
    Future<Cursor> attach(Supplier<Future<Cursor>> feed) {
        owner.assertHere();
        if (cursor != null) {
            return Future.succeededFuture(cursor);
        }
        if (attaching == null || attaching.failed()) {
            // A call that throws becomes a failed future: then the streams that joined receive it and leave.
            attaching = Owner.attempt(feed).onSuccess(this::begin);
        }
        return attaching.map(tail -> cursor == null ? tail : cursor);
    }

    private void begin(Cursor tail) {
        attaching = null;
        Cursor announcedMeanwhile = wanted;
        cursor = tail;
        wanted = null;
        if (announcedMeanwhile != null) {
            reaches(announcedMeanwhile);
        }
    }

    /** Adds one stream of an event loop. */
    void add(LoopAudiences audiences) {
        owner.assertHere();
        if (meter != null) {
            meter.subscribers(1);
        }
        for (Loop loop : loops) {
            if (loop.audiences == audiences) {
                loop.streams++;
                return;
            }
        }
        Loop first = new Loop(audiences);
        first.streams = 1;
        loops.add(first);
    }

    /** Removes one stream of an event loop. */
    void remove(LoopAudiences audiences) {
        owner.assertHere();
        if (meter != null && loops.stream().anyMatch(loop -> loop.audiences == audiences)) {
            meter.subscribers(-1);
        }
        loops.removeIf(loop -> loop.audiences == audiences && --loop.streams == 0);
    }

    /** Moves the subscribers to another meter, which counts from now on; null: none does. */
    void measure(@Nullable ChannelMeter other) {
        owner.assertHere();
        if (other != meter) {
            int streams = subscribers();
            if (meter != null) {
                meter.subscribers(-streams);
            }
            if (other != null) {
                other.subscribers(streams);
            }
            meter = other;
        }
    }

    /** Offers the hub's cursor to an event loop once more. */
    void repeat(LoopAudiences audiences) {
        owner.assertHere();
        if (cursor != null) {
            audiences.offer(channel, cursor, List.of(), cursor);
        }
    }

    /** Returns the number of streams that have joined, on all event loops. */
    int subscribers() {
        owner.assertHere();
        int all = 0;
        for (Loop loop : loops) {
            all += loop.streams;
        }
        return all;
    }

    boolean isEmpty() {
        owner.assertHere();
        return loops.isEmpty();
    }

    /** Takes events that the leader has announced. */
    void announced(Cursor from, List<NumberedFrame> frames, Cursor tail) {
        owner.assertHere();
        if (frames.isEmpty() && tail.equals(cursor)) {
            // A repetition for nodes that lost the announcement: no need to wake up the event loops.
            return;
        }
        if (!keeps) {
            handOn(frames, tail);
        } else if (from.equals(cursor) && !reading) {
            handOn(frames, tail);
        } else {
            reaches(tail);
        }
    }

    /** Learns that the history reaches to this frame, and reads up to it. */
    void reaches(Cursor tail) {
        owner.assertHere();
        if (!keeps) {
            return;
        }
        if (cursor == null || reading) {
            wanted = tail;
        } else if (!tail.equals(cursor)) {
            reading = true;
            target = tail;
            int begun = resets;
            Repeat.whileTrue(owner, () -> read(begun));
        }
    }

    /** Makes one reading; tells whether another one follows. */
    private Future<Boolean> read(int begun) {
        Cursor from = cursor;
        Cursor to = target;
        if (begun != resets || from == null || to == null) {
            return Future.succeededFuture(false);
        }
        return Owner.attempt(() ->
                        history.afterAnnounced(channel, from, to, READ).compose(found -> take(found, from, to, begun)))
                .recover(failure -> {
                    failures.log(() -> LOG.warn(
                            "Cannot read the history of {}: {} (said at most once a minute)",
                            channel,
                            failure.toString()));
                    return owner.delay(READ_AGAIN_MILLIS).map(true);
                });
    }

    private Future<Boolean> take(Found found, Cursor from, Cursor to, int begun) {
        if (begun != resets) {
            return Future.succeededFuture(false);
        }
        if (found instanceof Found.ReadFrames frames) {
            handOn(frames.frames(), frames.cursor());
            return Future.succeededFuture(goesOn(to, frames.cursor().equals(from)));
        }
        Replay.Reason reason = ((Found.Lost) found).reason();
        return history.reset(channel, reason, to).map(replay -> {
            if (begun != resets) {
                return false;
            }
            Cursor oldest = replay.cursor();
            meters.reset(reason);
            offer(List.of(EncodedEvent.reset(channel, reason, oldest)), oldest);
            return goesOn(to, false);
        });
    }

    private boolean goesOn(Cursor to, boolean nothingMore) {
        Cursor next = wanted == null ? to : wanted;
        wanted = null;
        target = next;
        reading = (!nothingMore || !next.equals(to)) && !next.equals(cursor);
        return reading;
    }

    /** Restarts a reading that has brought nothing since the last call; tells whether it did. */
    boolean resetIfStuck() {
        owner.assertHere();
        boolean stuck = reading && wasReading && Objects.equals(cursor, cursorSeen);
        wasReading = reading;
        cursorSeen = cursor;
        if (stuck) {
            resets++;
            reading = false;
            Cursor next = wanted == null ? target : wanted;
            wanted = null;
            if (next != null) {
                reaches(next);
            }
        }
        return stuck;
    }

    private void handOn(List<NumberedFrame> frames, Cursor after) {
        if (meter != null) {
            meter.offered((long) frames.size() * subscribers());
        }
        List<EncodedEvent> events = new ArrayList<>(frames.size());
        frames.forEach(frame -> events.add(EncodedEvent.of(channel, frame, keeps, streams)));
        offer(events, after);
    }

    private void offer(List<EncodedEvent> events, Cursor after) {
        Cursor before = cursor == null ? after : cursor;
        cursor = after;
        loops.forEach(loop -> loop.audiences.offer(channel, before, events, after));
    }
}
