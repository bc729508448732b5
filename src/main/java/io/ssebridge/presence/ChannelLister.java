package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.Leader;
import io.ssebridge.presence.ChannelList.Use;
import io.vertx.core.Future;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Lists the channels of one event loop that are in use on this node: channels with subscribers here, and channels that this node leads for
 * subscribers anywhere. Only the leader knows the time of the newest event.
 *
 * <p><b>Owner:</b> the event loop; {@link #list} may be called on any thread. Long lists take several turns of the event loop.
 */
final class ChannelLister {
    // Some milliseconds of work.
    private static final int COMPARISONS_PER_TURN = 20_000;

    private final Owner owner;
    private final Hubs hubs;
    private final Leader leader;

    ChannelLister(LoopChannels channels) {
        this.owner = channels.owner();
        this.hubs = channels.hubs();
        this.leader = channels.leader();
    }

    /** Lists the channels of a scope, in the caller's own context. */
    Future<ChannelList> list(ChannelScope scope) {
        return owner.callDirectly(() -> begin(scope));
    }

    private Future<ChannelList> begin(ChannelScope scope) {
        Map<ChannelName, Long> led = leader.attached();
        Set<ChannelName> names = new HashSet<>(led.keySet());
        names.addAll(hubs.channels());
        int perTurn =
                Math.max(1, COMPARISONS_PER_TURN / Math.max(1, scope.patterns().size()));
        return list(scope, names.iterator(), led, perTurn, new ChannelList());
    }

    private Future<ChannelList> list(
            ChannelScope scope,
            Iterator<ChannelName> rest,
            Map<ChannelName, Long> led,
            int perTurn,
            ChannelList found) {
        for (int i = 0; i < perTurn && rest.hasNext(); i++) {
            ChannelName name = rest.next();
            if (scope.contains(name)) {
                found.add(name.value(), new Use(hubs.subscribers(name), led.getOrDefault(name, 0L)));
            }
        }
        return rest.hasNext()
                ? owner.call(() -> list(scope, rest, led, perTurn, found))
                : Future.succeededFuture(found);
    }
}
