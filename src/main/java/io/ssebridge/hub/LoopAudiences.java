package io.ssebridge.hub;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Profile;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.Replay;
import io.ssebridge.hub.PersonalAudiences.Found;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The subscribers of one event loop, by channel.
 *
 * <p><b>Owner:</b> that event loop; only {@link #offer} may be called from elsewhere.
 */
public final class LoopAudiences {
    private final Owner owner;
    private final ChannelRules rules;
    private final HistoryReader history;
    private final LoopResources resources;
    private final Watchdog watchdog;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();
    // The personalised channels. They are not among those above.
    private final PersonalAudiences personal;

    /**
     * Creates the audiences of an event loop; there are no subscribers yet.
     *
     * @param context the event loop
     * @param rules say how long an event may wait so that it goes out together with others
     * @param history serves lagging subscribers
     * @param streams bounds of the reconnection times that publishers may set
     * @param clock the time
     * @param stalled the stalled streams of this event loop: cut when memory runs out
     * @param meters counts resets, and measures delays
     */
    public LoopAudiences(
            Context context,
            ChannelRules rules,
            HistoryReader history,
            StreamOptions streams,
            NodeClock clock,
            StalledStreams stalled,
            MeterRegistry meters) {
        this.owner = new Owner(context);
        this.rules = rules;
        this.history = history;
        this.resources = LoopResources.of(owner, history, streams, clock, stalled::makeRoom, new HubMeters(meters));
        this.personal = new PersonalAudiences(history.personal(), clock);
        this.watchdog = new Watchdog(owner, clock, meters, new WatchedAudiences());
    }

    /**
     * Finds where a subscriber that comes with a cursor continues. The history need not be read if the next event is
     * among the newest events here. These follow one another without a gap. If the history turns out to be another one,
     * all subscribers that got these events are reset.
     *
     * @param channel a channel that is {@linkplain Hubs#join joined}
     * @param cursor the cursor that the client brought
     * @param tail the cursor of the channel's newest event when the channel was joined
     */
    Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
        owner.assertHere();
        Audience audience = audiences.get(channel);
        return audience != null && audience.holds(cursor)
                ? Future.succeededFuture(Replay.from(cursor))
                : history.resume(channel, cursor, tail);
    }

    /**
     * Gives a stream the events after its bookmarks, until it ends. Channels that are {@linkplain Bookmarks#isWithheld left
     * out of its ids} get their seats later.
     *
     * @param stream a stream of this event loop, without any place; all its channels are {@linkplain Hubs#join joined}
     * @param tails for each channel the cursor of its hub when the channel was joined
     * @return the channels that had no subscriber here until now. Events that were offered since these channels were
     *     joined are lost here, so their hubs must {@linkplain Hubs#repeat repeat} their cursor
     */
    List<ChannelName> seat(StreamSeats stream, List<Cursor> tails) {
        owner.assertHere();
        List<ChannelName> first = new ArrayList<>();
        if (!stream.subscriber().isOpen()) {
            return first;
        }
        stream.begin();
        for (int i = 0; i < tails.size(); i++) {
            if (!stream.bookmarks().isWithheld(i) && place(stream, i, tails.get(i))) {
                first.add(stream.channel(i));
            }
        }
        watchdog.wake();
        stream.flush();
        return first;
    }

    /** Tells whether the channel had no subscriber here until now, or none with the same part of a profile. */
    private boolean place(StreamSeats stream, int index, Cursor tail) {
        ChannelName channel = stream.channel(index);
        Audience known = audiences.get(channel);
        Optional<Found> view = known == null
                ? personal.find(channel, stream.form(index).filter().profile(), each -> audience(channel, tail, each))
                : Optional.empty();
        if (view.isPresent()) {
            PersonalAudience ours = view.get().audience();
            seat(stream, index, ours.audience(), ours);
            return view.get().isNew();
        }
        Audience all = audiences.computeIfAbsent(channel, absent -> audience(channel, tail, EventView.PLAIN));
        seat(stream, index, all, null);
        return known == null;
    }

    private void seat(StreamSeats stream, int index, Audience audience, @Nullable PersonalAudience view) {
        Seat seat = audience.add(stream.subscriber(), stream.bookmarks(), index, stream.form(index));
        Snapshots snapshots = stream.snapshots(index);
        if (snapshots != null) {
            seat.onReset((reset, newest) -> snapshots.restart(stream, index, reset, newest));
        }
        stream.take(index, new SeatPlace(stream, index, audience, seat, view));
    }

    /**
     * Gives a stream the events of one more of its channels, after its bookmark.
     *
     * @param stream a stream that has begun
     * @param index the index of the channel, in which it has no place
     * @param tail a cursor that the channel's hub has had since the channel was joined
     * @return whether the channel had no subscriber here until now, as above
     */
    boolean seatLater(StreamSeats stream, int index, Cursor tail) {
        owner.assertHere();
        boolean first = place(stream, index, tail);
        watchdog.wake();
        stream.flush(index);
        return first;
    }

    /** The seat of a stream in an audience. In a personalised channel the audience has a view. */
    private final class SeatPlace implements StreamSeats.Place {
        private final StreamSeats stream;
        private final int index;
        private final Audience audience;
        private final Seat seat;
        private final @Nullable PersonalAudience view;

        private SeatPlace(
                StreamSeats stream, int index, Audience audience, Seat seat, @Nullable PersonalAudience view) {
            this.stream = stream;
            this.index = index;
            this.audience = audience;
            this.seat = seat;
            this.view = view;
        }

        @Override
        public void flush() {
            audience.flush(seat);
        }

        @Override
        public void leave() {
            ChannelName channel = stream.channel(index);
            if (view == null) {
                LoopAudiences.this.leave(channel, audience, seat);
            } else {
                LoopAudiences.this.leave(channel, view, seat);
            }
        }

        @Override
        public boolean readerChanged() {
            StreamForm form = stream.form(index);
            if (view == null
                    || personal.isFor(view, stream.channel(index), form.filter().profile())) {
                seat.readAs(form);
                return false;
            }
            // The stream stays open: nothing may be written to it any more by this seat, which may wait for a reading.
            seat.cut();
            stream.leave(index);
            return seatLater(stream, index, stream.bookmarks().at(index));
        }
    }

    private Audience audience(ChannelName channel, Cursor tail, EventView view) {
        return new Audience(resources, channel, linger(channel), tail, view);
    }

    private void leave(ChannelName channel, Audience audience, Seat seat) {
        audience.remove(seat);
        if (audience.isEmpty()) {
            audiences.remove(channel, audience);
            audience.close();
        }
    }

    private void leave(ChannelName channel, PersonalAudience view, Seat seat) {
        view.audience().remove(seat);
        personal.removeIfEmpty(channel, view);
    }

    private Duration linger(ChannelName channel) {
        return rules.find(channel).map(ChannelRule::linger).orElse(Duration.ZERO);
    }

    /** Hands the events of a channel to its subscribers on this event loop; any thread. */
    void offer(ChannelName channel, Cursor before, List<EncodedEvent> events, Cursor after) {
        owner.run(() -> {
            Audience audience = audiences.get(channel);
            if (audience != null) {
                audience.offer(before, events, after);
            } else {
                personal.offer(channel, before, events, after);
            }
        });
    }

    /** Returns the number of events after a cursor, as far as this event loop knows them. */
    long lag(ChannelName channel, @Nullable Profile reader, Cursor cursor) {
        owner.assertHere();
        Audience audience = audiences.get(channel);
        return audience == null ? personal.lag(channel, reader, cursor) : audience.lag(cursor);
    }

    /** Returns the metrics of live channels. */
    HubMeters meters() {
        return resources.meters();
    }

    /** Returns whether all these channels have subscribers on this event loop. */
    public boolean haveAll(List<ChannelName> channels) {
        owner.assertHere();
        return channels.stream().allMatch(each -> audiences.containsKey(each) || personal.has(each));
    }

    /** Returns the number of channels that have subscribers on this event loop. */
    public int channels() {
        owner.assertHere();
        return audiences.size() + personal.channels();
    }

    /** Returns the bytes of the pages that are kept. */
    long pageBytes() {
        owner.assertHere();
        return resources.pages().bytes();
    }

    /** Resets the channels in which events wait and nothing has moved since the last call; returns them. */
    List<ChannelName> resetStuck() {
        owner.assertHere();
        List<ChannelName> reset = new ArrayList<>();
        audiences.forEach((channel, audience) -> {
            if (audience.resetIfStuck()) {
                reset.add(channel);
            }
        });
        reset.addAll(personal.resetStuck());
        return reset;
    }

    private final class WatchedAudiences implements Watchdog.Watched {
        @Override
        public boolean isIdle() {
            return audiences.isEmpty() && personal.channels() == 0;
        }

        @Override
        public void tick() {
            resources.pages().dropUnused();
        }

        @Override
        public List<ChannelName> resetStuck() {
            return LoopAudiences.this.resetStuck();
        }
    }
}
