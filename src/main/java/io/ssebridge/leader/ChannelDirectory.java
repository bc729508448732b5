package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMap;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channels in use, in a map of the cluster: the next leader reads it to consume their addresses and to know whether
 * they have a history. An entry holds the time since when the channel has had no history, or the mark that it has one.
 *
 * <p>Any thread: the look-ups have a lock, which is held for some comparisons.
 */
public final class ChannelDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(ChannelDirectory.class);
    private static final long HAS_HISTORY = 0;

    private final SharedMap<String, Long> channels;
    // A change of leaders needs the channels of many shards at once, so concurrent readers share a look-up.
    private @Nullable Future<Channels> running;
    private @Nullable Promise<Channels> next;

    private record Channels(Set<String> all, Map<Integer, List<String>> byShard) {
        static Channels of(Set<String> all) {
            return new Channels(all, all.stream().collect(Collectors.groupingBy(Shards::of)));
        }
    }

    /**
     * The entry of a channel.
     *
     * @param hasHistory whether events may have been appended
     * @param emptySinceMillis otherwise the time since when no event has been appended, in milliseconds since 1970
     */
    record ChannelState(boolean hasHistory, long emptySinceMillis) {}

    /**
     * Creates a directory.
     *
     * @param channels as in {@link io.ssebridge.membership.SharedMaps}
     */
    public ChannelDirectory(SharedMap<String, Long> channels) {
        this.channels = channels;
    }

    /** Returns the entry of a channel, and creates it if it is missing. */
    public Future<ChannelState> enter(ChannelName name, long nowMillis) {
        return channels.putIfAbsent(name.value(), nowMillis).map(known -> {
            long sinceMillis = known == null ? nowMillis : known;
            return new ChannelState(sinceMillis == HAS_HISTORY, sinceMillis);
        });
    }

    /** Returns whether a channel is in use. */
    public Future<Boolean> knows(ChannelName name) {
        return channels.get(name.value()).map(Objects::nonNull);
    }

    /**
     * Marks that a channel has a history. This must happen before the first append: otherwise a new leader would
     * believe that the channel has no history.
     */
    Future<Void> hasHistory(ChannelName name) {
        return channels.put(name.value(), HAS_HISTORY);
    }

    /** Returns whether events may have been appended to a channel. It does not create an entry. */
    public Future<Boolean> keeps(ChannelName name) {
        return channels.get(name.value()).map(sinceMillis -> sinceMillis != null && sinceMillis == HAS_HISTORY);
    }

    Future<Void> remove(ChannelName name) {
        return channels.remove(name.value())
                .<Void>mapEmpty()
                .onFailure(e -> LOG.warn("Could not remove channel {} from the directory: {}", name, e.toString()));
    }

    /** Returns the given channels that have no entry here. */
    Future<Collection<ChannelName>> missing(Collection<ChannelName> names) {
        return all().map(all ->
                names.stream().filter(name -> !all.all().contains(name.value())).toList());
    }

    /**
     * Looks up all channels. A look-up that has begun may miss what was entered since, so later callers share the next one.
     *
     * @return completes on the caller's context, if it has one
     */
    private Future<Channels> all() {
        Context caller = Vertx.currentContext();
        return caller == null ? look() : LoopContexts.on(caller, look());
    }

    private synchronized Future<Channels> look() {
        if (next != null) {
            return next.future();
        }
        if (running == null) {
            return begin();
        }
        Promise<Channels> later = Promise.promise();
        next = later;
        running.onComplete(done -> beginNext(later));
        return later.future();
    }

    private synchronized Future<Channels> begin() {
        Future<Channels> look = Future.succeededFuture()
                .compose(begun -> channels.keys())
                .map(Channels::of)
                .onComplete(done -> end());
        running = look.isComplete() ? null : look;
        return look;
    }

    private synchronized void end() {
        running = null;
    }

    private synchronized void beginNext(Promise<Channels> later) {
        next = null;
        begin().onComplete(later);
    }

    /**
     * Returns the channels of a shard. An entry that is not a channel name is removed; another version may have written
     * it.
     */
    public Future<Collection<ChannelName>> of(int shard) {
        return all().map(all -> all.byShard().getOrDefault(shard, List.of()).stream()
                .flatMap(this::name)
                .toList());
    }

    private Stream<ChannelName> name(String value) {
        try {
            return Stream.of(new ChannelName(value));
        } catch (IllegalArgumentException e) {
            LOG.warn("Removing an entry of the directory that is not a channel name: {}", e.getMessage());
            var unused = channels.remove(value);
            return Stream.empty();
        }
    }
}
