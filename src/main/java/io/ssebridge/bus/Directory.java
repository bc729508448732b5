package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels in use: a map of the cluster, so that whoever leads next consumes their addresses and knows their
 * histories. It says of each since when it is known to have no history, or that it has one.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Directory {
    private static final Logger LOG = LoggerFactory.getLogger(Directory.class);
    private static final long HAS_HISTORY = 0;

    private final SharedMap<String, Long> channels;
    // A change of leaders asks for many shards at once: one look serves them all.
    private @Nullable Future<Set<String>> underWay;

    /**
     * What is known of a channel.
     *
     * @param hasHistory whether something may have been appended
     * @param emptySince else: since when nothing has, in milliseconds since 1970
     */
    record Entry(boolean hasHistory, long emptySince) {}

    Directory(SharedMap<String, Long> channels) {
        this.channels = channels;
    }

    /** The entry of a channel; a new one if it has none. */
    Future<Entry> enter(ChannelName name, long now) {
        return channels.putIfAbsent(name.value(), now).map(known -> {
            long since = known == null ? now : known;
            return new Entry(since == HAS_HISTORY, since);
        });
    }

    /** Whether a channel is in use. */
    Future<Boolean> knows(ChannelName name) {
        return channels.get(name.value()).map(Objects::nonNull);
    }

    /** Notes that a channel has a history; before the first append, lest a new leader take what is there for nothing. */
    Future<Void> hasHistory(ChannelName name) {
        return channels.put(name.value(), HAS_HISTORY);
    }

    /** Whether something may have been appended to a channel; enters nothing. */
    Future<Boolean> keeps(ChannelName name) {
        return channels.get(name.value()).map(since -> since != null && since == HAS_HISTORY);
    }

    Future<Void> remove(ChannelName name) {
        return channels.remove(name.value())
                .<Void>mapEmpty()
                .onFailure(e -> LOG.warn("Channel {} stays in the directory: {}", name, e.toString()));
    }

    /** Those of some channels that do not stand here. */
    Future<Collection<ChannelName>> missing(Collection<ChannelName> names) {
        return all().map(all ->
                names.stream().filter(name -> !all.contains(name.value())).toList());
    }

    private Future<Set<String>> all() {
        Future<Set<String>> look = underWay;
        if (look == null) {
            look = channels.keys().onComplete(done -> underWay = null);
            underWay = look.isComplete() ? null : look;
        }
        return look;
    }

    /** The channels of a shard. An entry that is no name of a channel, as another version may have written, is removed. */
    Future<Collection<ChannelName>> of(int shard) {
        return all().map(all -> all.stream()
                .filter(name -> Shards.of(name) == shard)
                .flatMap(this::name)
                .toList());
    }

    private Stream<ChannelName> name(String value) {
        try {
            return Stream.of(new ChannelName(value));
        } catch (IllegalArgumentException e) {
            LOG.warn("The directory had an entry that is no channel: {}", e.getMessage());
            var unused = channels.remove(value);
            return Stream.empty();
        }
    }
}
