package io.ssebridge.bus;

import io.ssebridge.membership.Shards;
import io.ssebridge.presence.Presence;
import io.vertx.core.Future;

/**
 * The duties of a node in its shards: to number and announce events, and to tell changes of presence.
 *
 * @param leader for events
 * @param presence for changes of presence; it never makes a shard incomplete
 */
record NodeDuties(Shards.Duties leader, Presence presence) implements Shards.Duties {
    @Override
    public Future<Void> take(int shard) {
        presence.take(shard);
        return leader.take(shard);
    }

    @Override
    public Future<Void> enterAgain() {
        return leader.enterAgain();
    }

    @Override
    public Future<Void> release(int shard) {
        return Future.join(presence.release(shard), leader.release(shard)).mapEmpty();
    }
}
