package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.Leader;
import io.ssebridge.presence.ChannelList.Use;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;

/**
 * Lists the channels in use on this node: channels with subscribers here, and channels that this node leads for
 * subscribers anywhere. Only the leader knows the time of the newest event.
 *
 * <p><b>Owner:</b> the node's own context. Long lists take several turns of its event loop.
 */
final class ChannelLister {
    // Some milliseconds of work.
    private static final int COMPARISONS_PER_TURN = 20_000;

    private final Owner owner;
    private final Hubs hubs;
    private final Leader leader;

    ChannelLister(Owner owner, Hubs hubs, Leader leader) {
        this.owner = owner;
        this.hubs = hubs;
        this.leader = leader;
    }

    Future<JsonObject> list(ChannelScope scope) {
        owner.assertHere();
        Map<ChannelName, Long> led = leader.attached();
        Set<ChannelName> names = new HashSet<>(led.keySet());
        names.addAll(hubs.channels());
        int perTurn =
                Math.max(1, COMPARISONS_PER_TURN / Math.max(1, scope.patterns().size()));
        return list(scope, names.iterator(), led, perTurn, new ChannelList()).map(ChannelList::encode);
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
