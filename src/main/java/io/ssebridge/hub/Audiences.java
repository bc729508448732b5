package io.ssebridge.hub;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.Replay;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The subscribers of one event loop, by channel.
 *
 * <p><b>Owner:</b> that event loop; only {@link #offer} may be called from elsewhere.
 */
public final class Audiences {
    private final Owner owner;
    private final ChannelRules rules;
    private final HistoryReader history;
    private final LoopResources resources;
    private final Watchdog watchdog;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();

    /**
     * Nobody yet.
     *
     * @param context the event loop
     * @param rules say how long events may wait for each other
     * @param history for those who are behind
     * @param streams bounds of what publishers may ask of streams
     * @param clock the time
     * @param stalled the streams of this event loop that take nothing: cut when memory runs out
     * @param meters counts channels that had to be reset
     */
    public Audiences(
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
        this.resources = LoopResources.of(owner, history, streams, clock, stalled::makeRoom);
        this.watchdog = new Watchdog(owner, clock, meters, new Watched());
    }

    /**
     * Where a subscriber goes on who comes with a cursor. The history need not be asked for one that stands among the newest
     * events here: they follow one another without a gap, and when the history turns out to be another one, all who got
     * them are reset.
     *
     * @param channel a channel that is {@linkplain Hubs#join joined}
     * @param cursor what the client brought
     * @param tail how far the channel had come when it was joined
     */
    public Future<Replay> resume(ChannelName channel, Cursor cursor, Cursor tail) {
        Audience audience = audiences.get(channel);
        return audience != null && audience.holds(cursor)
                ? Future.succeededFuture(Replay.from(cursor))
                : history.resume(channel, cursor, tail);
    }

    /**
     * Gives a subscriber the events behind its bookmarks, until it closes.
     *
     * @param subscriber a subscriber of this event loop
     * @param bookmarks its channels, none twice, all {@linkplain Hubs#join joined}, and where it stands on each
     * @param tails for each channel how far its hub had come when it was joined
     * @return the channels that had no subscriber here until now: what was offered since they were joined is lost, so their
     *     hubs are to {@linkplain Hubs#repeat repeat} how far they are
     */
    public List<ChannelName> seat(Subscriber subscriber, Bookmarks bookmarks, List<Cursor> tails) {
        List<ChannelName> first = new ArrayList<>();
        if (!subscriber.isOpen()) {
            return first;
        }
        List<Runnable> flushes = new ArrayList<>(tails.size());
        for (int i = 0; i < tails.size(); i++) {
            ChannelName channel = bookmarks.channels().get(i);
            Cursor tail = tails.get(i);
            Audience audience = audiences.computeIfAbsent(channel, absent -> {
                first.add(channel);
                return audience(channel, tail);
            });
            Seat seat = audience.add(subscriber, bookmarks, i);
            flushes.add(() -> audience.flush(seat));
            subscriber.onClose(() -> leave(channel, audience, seat));
        }
        watchdog.wake();
        subscriber.onWritable(() -> flushes.forEach(Runnable::run));
        flushes.forEach(Runnable::run);
        return first;
    }

    private Audience audience(ChannelName channel, Cursor tail) {
        return new Audience(resources, channel, linger(channel), tail);
    }

    private void leave(ChannelName channel, Audience audience, Seat seat) {
        audience.remove(seat);
        if (audience.isEmpty()) {
            audiences.remove(channel, audience);
            audience.close();
        }
    }

    private Duration linger(ChannelName channel) {
        return rules.find(channel).map(ChannelRule::linger).orElse(Duration.ZERO);
    }

    /** Any thread: hands the events of a channel to its subscribers on this event loop. */
    void offer(ChannelName channel, Cursor before, List<Entry> entries, Cursor behind) {
        owner.run(() -> {
            Audience audience = audiences.get(channel);
            if (audience != null) {
                audience.offer(before, entries, behind);
            }
        });
    }

    /** How many channels have subscribers on this event loop. */
    public int channels() {
        return audiences.size();
    }

    /** How many bytes of what was read are kept. */
    long pageBytes() {
        return resources.pages().bytes();
    }

    /** Begins anew where events wait and nothing has moved since this was called last; tells where. */
    List<ChannelName> resetStuck() {
        List<ChannelName> reset = new ArrayList<>();
        audiences.forEach((channel, audience) -> {
            if (audience.resetIfStuck()) {
                reset.add(channel);
            }
        });
        return reset;
    }

    private final class Watched implements Watchdog.Watched {
        @Override
        public boolean isIdle() {
            return audiences.isEmpty();
        }

        @Override
        public void tick() {
            resources.pages().dropUnused();
        }

        @Override
        public List<ChannelName> resetStuck() {
            return Audiences.this.resetStuck();
        }
    }
}
