package io.ssebridge.hub;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/**
 * The live channels of this node that one event loop owns: those of its shards. A channel is attached to its leader while
 * at least one event loop has subscribers on it.
 *
 * <p><b>Owner:</b> the event loop of its shards; {@link #join}, {@link #repeat} and {@link #leave} may be called on any
 * thread.
 */
public final class Hubs {
    private final Owner owner;
    private final Feed feed;
    private final HistoryReader history;
    private final StreamOptions streams;
    private final ChannelRoom room;
    private final LogLimit failures;
    private final HubMeters meters;
    private final ChannelMeters channelMeters;
    private final Watchdog watchdog;
    private final Map<ChannelName, Hub> hubs = new HashMap<>();
    private BiConsumer<ChannelName, Boolean> changed = (channel, isLive) -> {};

    /**
     * Creates the hubs of an event loop; no channel is live yet.
     *
     * @param owner the event loop of the shards
     * @param feed delivers announced events
     * @param history serves events after missed announcements
     * @param streams bounds of the reconnection times that publishers may set
     * @param room limits the number of live channels on this node, of all its event loops together
     * @param clock the time
     * @param meters counts resets, and channels in which nothing moved
     * @param channelMeters the metrics of single channels
     */
    public Hubs(
            Owner owner,
            Feed feed,
            HistoryReader history,
            StreamOptions streams,
            ChannelRoom room,
            NodeClock clock,
            MeterRegistry meters,
            ChannelMeters channelMeters) {
        this.owner = owner;
        this.feed = feed;
        this.history = history;
        this.streams = streams;
        this.room = room;
        this.failures = new LogLimit(clock);
        this.meters = new HubMeters(meters);
        this.channelMeters = channelMeters;
        this.watchdog = new Watchdog(owner, clock, meters, new WatchedHubs());
    }

    Owner owner() {
        return owner;
    }

    /** Sets the handler of changes, as {@link NodeHubs#onChange} describes. */
    void onChange(BiConsumer<ChannelName, Boolean> handler) {
        changed = handler;
    }

    /**
     * Joins channels for one stream of an event loop. The loop joins once for each of its streams.
     *
     * @param channels the channels, without duplicates
     * @param loop the event loop
     * @return for each channel its current cursor; all events after it will be offered to the loop, on its context. If
     *     the future fails, the loop has not joined
     */
    public Future<List<Cursor>> join(List<ChannelName> channels, LoopAudiences loop) {
        return owner.call(() -> {
            if (!room.take(notLive(channels))) {
                return Future.failedFuture("limits.channels: %d channels are live here".formatted(room.channels()));
            }
            List<Future<Cursor>> attached = new ArrayList<>(channels.size());
            for (ChannelName name : channels) {
                Hub hub = hubs.computeIfAbsent(name, this::hub);
                boolean isFirst = hub.isEmpty();
                hub.add(loop);
                if (isFirst) {
                    changed.accept(name, true);
                }
                attached.add(hub.attach(() -> attach(name)));
            }
            watchdog.wake();
            return Future.join(attached)
                    .<List<Cursor>>map(
                            all -> attached.stream().map(Future::result).toList())
                    .onFailure(failed -> leaveAll(channels, loop));
        });
    }

    private Hub hub(ChannelName name) {
        return new Hub(owner, name, history, streams, failures, meters, channelMeters.find(name));
    }

    /** Follows the rules after they have been replaced: live channels get metrics of their own, or lose them. */
    public void rulesChanged() {
        owner.assertHere();
        hubs.forEach((name, hub) -> hub.measure(channelMeters.find(name)));
    }

    private Future<Cursor> attach(ChannelName name) {
        return feed.attach(name).onComplete(answered -> detachIfGone(name));
    }

    /**
     * Detaches a channel if its last subscriber left while its leader was being asked. A request is repeated if its
     * answer is lost, and so the leader may have been told to detach the channel before it attached it.
     */
    private void detachIfGone(ChannelName name) {
        if (!hubs.containsKey(name)) {
            feed.detach(name);
        }
    }

    /**
     * Offers the cursors of channels once more, to an event loop that may have missed events before its first
     * subscriber.
     *
     * @param channels channels that the loop has joined
     * @param loop the event loop
     */
    public void repeat(List<ChannelName> channels, LoopAudiences loop) {
        owner.run(() -> {
            for (ChannelName name : channels) {
                Hub hub = hubs.get(name);
                if (hub != null) {
                    hub.repeat(loop);
                }
            }
        });
    }

    /**
     * Leaves channels that one stream of an event loop had joined.
     *
     * @param channels the same channels as in {@link #join}
     * @param loop the event loop
     */
    public void leave(List<ChannelName> channels, LoopAudiences loop) {
        owner.run(() -> leaveAll(channels, loop));
    }

    private void leaveAll(List<ChannelName> channels, LoopAudiences loop) {
        for (ChannelName name : channels) {
            Hub hub = hubs.get(name);
            if (hub != null) {
                hub.remove(loop);
                if (hub.isEmpty()) {
                    hubs.remove(name);
                    room.release(name);
                    feed.detach(name);
                    changed.accept(name, false);
                }
            }
        }
    }

    /**
     * Takes events that a leader has announced; called on the owner.
     *
     * @param channel their channel
     * @param from the cursor before the first event
     * @param frames the events; empty: the announcement only says how far the history goes
     * @param tail the cursor of the history's newest frame
     */
    public void announced(ChannelName channel, Cursor from, List<NumberedFrame> frames, Cursor tail) {
        owner.assertHere();
        Hub hub = hubs.get(channel);
        if (hub == null) {
            // The leader has not yet learned that this node has no subscribers on the channel.
            feed.detach(channel);
        } else {
            hub.announced(from, frames, tail);
        }
    }

    /**
     * Learns the newest frames of channels, and reads the missing events; called on the owner.
     *
     * @param channels the channels, which the leader has attached just now
     * @param tails the newest frame of each
     */
    public void reach(List<ChannelName> channels, List<Cursor> tails) {
        owner.assertHere();
        for (int i = 0; i < channels.size(); i++) {
            Hub hub = hubs.get(channels.get(i));
            if (hub == null) {
                feed.detach(channels.get(i));
            } else {
                hub.reaches(tails.get(i));
            }
        }
    }

    /**
     * Returns those of the given channels that have no subscribers here yet; called on the owner.
     *
     * @param channels the channels
     */
    public List<ChannelName> notLive(List<ChannelName> channels) {
        owner.assertHere();
        return channels.stream().filter(name -> !hubs.containsKey(name)).toList();
    }

    /** Returns the channels that are live here; called on the owner. */
    public List<ChannelName> channels() {
        owner.assertHere();
        return List.copyOf(hubs.keySet());
    }

    /**
     * Returns the number of streams of this node on a channel; called on the owner. A stream counts from its request to join
     * until it has ended.
     *
     * @param channel the channel
     */
    public int subscribers(ChannelName channel) {
        owner.assertHere();
        Hub hub = hubs.get(channel);
        return hub == null ? 0 : hub.subscribers();
    }

    /** Resets the channels in which events wait and nothing has moved since the last call; returns them. */
    List<ChannelName> resetStuck() {
        owner.assertHere();
        List<ChannelName> reset = new ArrayList<>();
        hubs.forEach((channel, hub) -> {
            if (hub.resetIfStuck()) {
                reset.add(channel);
            }
        });
        return reset;
    }

    private final class WatchedHubs implements Watchdog.Watched {
        @Override
        public boolean isIdle() {
            return hubs.isEmpty();
        }

        @Override
        public void tick() {}

        @Override
        public List<ChannelName> resetStuck() {
            return Hubs.this.resetStuck();
        }
    }
}
