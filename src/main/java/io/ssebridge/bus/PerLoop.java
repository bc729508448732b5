package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.membership.Shards;
import java.util.List;
import java.util.function.Function;

/**
 * One object of a kind for each event loop of the node that owns shards. The shards are dealt over the loops in turn. Any
 * thread.
 *
 * @param all the objects, in the order of the event loops
 */
record PerLoop<T>(List<T> all) {
    PerLoop {
        all = List.copyOf(all);
    }

    /** Returns the object of the event loop that owns a shard. */
    T of(int shard) {
        return all.get(shard % all.size());
    }

    /** Returns the object of the event loop that owns a channel. */
    T of(ChannelName channel) {
        return of(Shards.of(channel));
    }

    /** Makes an object of another kind for each event loop. */
    <R> PerLoop<R> map(Function<T, R> make) {
        return new PerLoop<>(all.stream().map(make).toList());
    }
}
