package io.ssebridge.bus;

import io.ssebridge.membership.Shards;
import io.ssebridge.presence.Presence;
import io.vertx.core.Future;

/**
 * The duties of a node in its shards: to number and announce events, and to tell changes of presence.
 *
 * @param loops for events, each on the event loop of the shard
 * @param presence for changes of presence; it never makes a shard incomplete
 */
record NodeDuties(PerLoop<ShardLoop> loops, Presence presence) implements Shards.Duties {
    @Override
    public Future<Void> take(int shard) {
        presence.take(shard);
        ShardLoop loop = loops.of(shard);
        return loop.owner().callDirectly(() -> loop.leader().duties().take(shard));
    }

    @Override
    public Future<Void> enterAgain() {
        return Future.join(loops.all().stream()
                        .map(loop -> loop.owner()
                                .callDirectly(() -> loop.leader().duties().enterAgain()))
                        .toList())
                .mapEmpty();
    }

    @Override
    public void overtaken(int shard) {
        ShardLoop loop = loops.of(shard);
        loop.owner().runDirectly(() -> loop.leader().duties().overtaken(shard));
    }

    @Override
    public Future<Void> release(int shard) {
        ShardLoop loop = loops.of(shard);
        return Future.join(
                        presence.release(shard),
                        loop.owner().callDirectly(() -> loop.leader().duties().release(shard)))
                .mapEmpty();
    }
}
