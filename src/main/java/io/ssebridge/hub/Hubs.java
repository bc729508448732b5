package io.ssebridge.hub;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.LoggerFactory;

/**
 * The live channels of this node. A channel is attached to its leader while an event loop has subscribers on it.
 *
 * <p><b>Owner:</b> the node's own context; {@link #join} and {@link #leave} may be called from anywhere.
 */
public final class Hubs {
    private final Owner owner;
    private final Feed feed;
    private final HistoryReader history;
    private final StreamOptions streams;
    private final ChannelRoom room;
    private final Warnings failures;
    private final Watchdog watchdog;
    private final Map<ChannelName, Hub> hubs = new HashMap<>();

    /**
     * No channels yet.
     *
     * @param owner the node's context
     * @param feed where events are announced
     * @param history where those are that were missed
     * @param streams bounds of what publishers may ask of streams
     * @param room how many channels may be live on this node
     * @param clock the time
     * @param meters counts channels that had to be reset
     */
    public Hubs(
            Owner owner,
            Feed feed,
            HistoryReader history,
            StreamOptions streams,
            ChannelRoom room,
            NodeClock clock,
            MeterRegistry meters) {
        this.owner = owner;
        this.feed = feed;
        this.history = history;
        this.streams = streams;
        this.room = room;
        this.failures = new Warnings(LoggerFactory.getLogger(Hub.class), clock);
        this.watchdog = new Watchdog(owner, clock, meters, new Watched());
    }

    /**
     * An event loop wants the events of some channels; it joins once for each of its streams.
     *
     * @param channels the channels, none twice
     * @param loop the event loop
     * @return for each channel how far it has come: everything behind will be offered to the loop, on its context; failed:
     *     it has not joined
     */
    public Future<List<Cursor>> join(List<ChannelName> channels, Audiences loop) {
        return owner.call(() -> {
            if (!room.take(notLive(channels))) {
                return Future.failedFuture("limits.channels: %d channels are live here".formatted(hubs.size()));
            }
            List<Future<Cursor>> attached = new ArrayList<>(channels.size());
            for (ChannelName name : channels) {
                Hub hub = hubs.computeIfAbsent(name, created -> new Hub(owner, name, history, streams, failures));
                hub.add(loop);
                attached.add(hub.attach(() -> feed.attach(name)));
            }
            watchdog.wake();
            return Future.join(attached)
                    .<List<Cursor>>map(
                            all -> attached.stream().map(Future::result).toList())
                    .onFailure(failed -> leaveAll(channels, loop));
        });
    }

    /**
     * Says once more how far channels have come, to an event loop that had no subscriber there when they came so far.
     *
     * @param channels channels that it has joined
     * @param loop the event loop
     */
    public void repeat(List<ChannelName> channels, Audiences loop) {
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
     * An event loop that joined does not want the events any more.
     *
     * @param channels the channels as joined
     * @param loop the event loop
     */
    public void leave(List<ChannelName> channels, Audiences loop) {
        owner.run(() -> leaveAll(channels, loop));
    }

    private void leaveAll(List<ChannelName> channels, Audiences loop) {
        for (ChannelName name : channels) {
            Hub hub = hubs.get(name);
            if (hub != null) {
                hub.remove(loop);
                if (hub.isEmpty()) {
                    hubs.remove(name);
                    room.release(name);
                    feed.detach(name);
                }
            }
        }
    }

    /**
     * A leader has announced events; called on the owner.
     *
     * @param channel their channel
     * @param from behind which frame they begin
     * @param frames the events; none: it only says how far the history goes
     * @param tail up to which frame the history goes
     */
    public void announced(ChannelName channel, Cursor from, List<Numbered> frames, Cursor tail) {
        Hub hub = hubs.get(channel);
        if (hub == null) {
            // The leader has not heard that nobody listens here any more.
            feed.detach(channel);
        } else {
            hub.announced(from, frames, tail);
        }
    }

    /**
     * The histories of channels go on to these frames; called on the owner.
     *
     * @param channels the channels
     * @param tails the newest frame of each
     */
    public void reach(List<ChannelName> channels, List<Cursor> tails) {
        for (int i = 0; i < channels.size(); i++) {
            Hub hub = hubs.get(channels.get(i));
            if (hub != null) {
                hub.reaches(tails.get(i));
            }
        }
    }

    /**
     * Those of some channels that have no subscribers here yet; called on the owner.
     *
     * @param channels the channels
     */
    public List<ChannelName> notLive(List<ChannelName> channels) {
        return channels.stream().filter(name -> !hubs.containsKey(name)).toList();
    }

    /** The channels that are live here; called on the owner. */
    public List<ChannelName> channels() {
        return List.copyOf(hubs.keySet());
    }

    /** Begins anew where events wait and nothing has moved since this was called last; tells where. */
    List<ChannelName> resetStuck() {
        List<ChannelName> reset = new ArrayList<>();
        hubs.forEach((channel, hub) -> {
            if (hub.resetIfStuck()) {
                reset.add(channel);
            }
        });
        return reset;
    }

    private final class Watched implements Watchdog.Watched {
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
