package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.util.Collection;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels in use whose addresses no rule names outright: a map of the cluster, so that whoever leads next consumes
 * them too.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Directory {
    private static final Logger LOG = LoggerFactory.getLogger(Directory.class);

    private final AsyncMap<String, Boolean> names;
    // A change of leaders asks for many shards at once: one look serves them all.
    private @Nullable Future<Set<String>> underWay;

    Directory(AsyncMap<String, Boolean> names) {
        this.names = names;
    }

    Future<Void> add(ChannelName name) {
        return names.put(name.value(), true);
    }

    void remove(ChannelName name) {
        names.remove(name.value())
                .onFailure(e -> LOG.warn("Channel {} stays in the directory: {}", name, e.toString()));
    }

    /** The channels of a shard. */
    Future<Collection<ChannelName>> of(int shard) {
        Future<Set<String>> look = underWay;
        if (look == null) {
            look = names.keys().onComplete(done -> underWay = null);
            underWay = look.isComplete() ? null : look;
        }
        return look.map(all -> all.stream()
                .filter(name -> Shards.of(name) == shard)
                .map(ChannelName::new)
                .toList());
    }
}
