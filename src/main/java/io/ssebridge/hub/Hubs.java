package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The live channels of this node. A channel is attached to its leader while an event loop has subscribers on it; each
 * announced event is encoded once here and handed to those loops.
 *
 * <p><b>Owner:</b> the node's own context; {@link #join} and {@link #leave} may be called from anywhere.
 */
public final class Hubs {
    private final Owner owner;
    private final Feed feed;
    private final int maxChannels;
    private final Map<ChannelName, Hub> hubs = new HashMap<>();

    /**
     * No channels yet.
     *
     * @param owner the node's context
     * @param feed where events come from
     * @param maxChannels how many channels may be live on this node
     */
    public Hubs(Owner owner, Feed feed, int maxChannels) {
        this.owner = owner;
        this.feed = feed;
        this.maxChannels = maxChannels;
    }

    /**
     * An event loop wants the events of some channels; it joins once for each of its streams.
     *
     * @param channels the channels, none twice
     * @param loop the event loop
     * @return when every event published from then on will be offered to it, on its context; failed: it has not joined
     */
    public Future<Void> join(List<ChannelName> channels, Audiences loop) {
        return owner.call(() -> {
            long fresh =
                    channels.stream().filter(name -> !hubs.containsKey(name)).count();
            if (fresh > 0 && hubs.size() + fresh > maxChannels) {
                return Future.failedFuture("limits.channels: %d channels are live here".formatted(hubs.size()));
            }
            List<Future<Void>> attached = new ArrayList<>(channels.size());
            for (ChannelName name : channels) {
                Hub hub = hubs.computeIfAbsent(name, created -> new Hub());
                hub.add(loop);
                attached.add(hub.attach(() -> feed.attach(name)));
            }
            return Future.join(attached).<Void>mapEmpty().onFailure(failed -> leaveAll(channels, loop));
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
                    feed.detach(name);
                }
            }
        }
    }

    /**
     * Events have got their numbers; called on the owner.
     *
     * @param channel their channel
     * @param life the life of the channel that the numbers belong to
     * @param first the sequence of the first event
     * @param events the events
     */
    public void announced(ChannelName channel, long life, long first, List<Event> events) {
        Hub hub = hubs.get(channel);
        if (hub == null) {
            return;
        }
        int seen = hub.seen(life, first, events.size());
        if (seen < events.size()) {
            List<Buffer> frames =
                    events.stream().skip(seen).map(EventEncoder::encode).toList();
            hub.loops().forEach(loop -> loop.offer(channel, frames));
        }
    }

    /** The channels that are live here; called on the owner. */
    public List<ChannelName> channels() {
        return List.copyOf(hubs.keySet());
    }
}
