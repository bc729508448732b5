package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The subscribers of one event loop, by channel.
 *
 * <p><b>Owner:</b> that event loop; only {@link #joined}, {@link #left} and {@link #offer} may be called from elsewhere.
 */
public final class Audiences {
    private final Vertx vertx;
    private final Owner owner;
    private final HistoryReader history;
    private final InstantSource clock;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();

    /**
     * Nobody yet.
     *
     * @param vertx for timers
     * @param context the event loop
     * @param history for those who are behind
     * @param clock the time
     */
    public Audiences(Vertx vertx, Context context, HistoryReader history, InstantSource clock) {
        this.vertx = vertx;
        this.owner = new Owner(context);
        this.history = history;
        this.clock = clock;
    }

    /**
     * Gives a subscriber the events behind its bookmarks, until it closes.
     *
     * @param subscriber a subscriber of this event loop
     * @param bookmarks its channels, none twice, all {@linkplain Hubs#join joined}, and where it stands on each
     */
    public void seat(Subscriber subscriber, Bookmarks bookmarks) {
        List<ChannelName> channels = bookmarks.channels();
        List<Runnable> flushes = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            Audience audience = Objects.requireNonNull(audiences.get(channels.get(i)), "not joined");
            Seat seat = audience.add(subscriber, bookmarks, i);
            flushes.add(() -> audience.flush(seat));
            subscriber.onClose(() -> audience.remove(seat));
        }
        subscriber.onWritable(() -> flushes.forEach(Runnable::run));
    }

    /**
     * Any thread: for one more stream, what these channels say is offered from now on. Its events are kept even before it
     * is seated.
     */
    void joined(List<ChannelName> channels, List<Cursor> tails) {
        owner.run(() -> {
            for (int i = 0; i < channels.size(); i++) {
                ChannelName channel = channels.get(i);
                Cursor tail = tails.get(i);
                audiences
                        .computeIfAbsent(channel, first -> new Audience(vertx, owner, channel, history, clock, tail))
                        .joined();
            }
        });
    }

    /** Any thread: for one stream less. */
    void left(List<ChannelName> channels) {
        owner.run(() -> channels.forEach(
                channel -> audiences.computeIfPresent(channel, (name, audience) -> audience.left() ? null : audience)));
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
}
