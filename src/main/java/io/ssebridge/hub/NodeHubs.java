package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The live channels of this node. Those of each event loop are in its {@link Hubs}; a stream may have channels of several
 * event loops. Any thread; answers come on the caller's context.
 */
public final class NodeHubs {
    private final List<Hubs> all;
    private final Function<ChannelName, Hubs> of;

    /**
     * Combines hubs.
     *
     * @param all the hubs of each event loop
     * @param of returns those that own a channel
     */
    public NodeHubs(List<Hubs> all, Function<ChannelName, Hubs> of) {
        this.all = List.copyOf(all);
        this.of = of;
    }

    /**
     * Sets the handler that is called after a channel has got its first subscriber on this node, or has lost its last one.
     * Call it before the first stream.
     *
     * @param handler takes the channel, and whether it has subscribers now; runs on the event loop of the channel
     */
    public void onChange(BiConsumer<ChannelName, Boolean> handler) {
        all.forEach(hubs -> hubs.onChange(handler));
    }

    /**
     * Joins channels for one stream of an event loop. The loop joins once for each of its streams.
     *
     * @param channels the channels, without duplicates
     * @param loop the event loop of the stream
     * @return for each channel its current cursor; all events after it will be offered to the loop, on its context. If
     *     the future fails, the loop has joined no channel
     */
    public Future<List<Cursor>> join(List<ChannelName> channels, LoopAudiences loop) {
        @Nullable Hubs only = only(channels);
        return only == null ? joinEach(parts(channels), channels, loop) : only.join(channels, loop);
    }

    private static Future<List<Cursor>> joinEach(
            Map<Hubs, List<ChannelName>> parts, List<ChannelName> channels, LoopAudiences loop) {
        List<Future<Map<ChannelName, Cursor>>> joined = new ArrayList<>();
        List<Runnable> leaves = new ArrayList<>();
        parts.forEach((hubs, names) -> {
            joined.add(hubs.join(names, loop).map(cursors -> byName(names, cursors)));
            leaves.add(() -> hubs.leave(names, loop));
        });
        return Future.join(joined)
                .<List<Cursor>>map(done -> {
                    Map<ChannelName, Cursor> cursors = new HashMap<>();
                    joined.forEach(part -> cursors.putAll(part.result()));
                    return channels.stream().map(cursors::get).toList();
                })
                .onFailure(failed -> {
                    for (int i = 0; i < leaves.size(); i++) {
                        if (joined.get(i).succeeded()) {
                            leaves.get(i).run();
                        }
                    }
                });
    }

    private static Map<ChannelName, Cursor> byName(List<ChannelName> names, List<Cursor> cursors) {
        Map<ChannelName, Cursor> byName = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            byName.put(names.get(i), cursors.get(i));
        }
        return byName;
    }

    /**
     * Offers the cursors of channels once more, to an event loop that may have missed events before its first
     * subscriber.
     *
     * @param channels channels that the loop has joined
     * @param loop the event loop of the stream
     */
    public void repeat(List<ChannelName> channels, LoopAudiences loop) {
        parts(channels).forEach((hubs, names) -> hubs.repeat(names, loop));
    }

    /**
     * Leaves channels that one stream of an event loop had joined.
     *
     * @param channels the same channels as in {@link #join}
     * @param loop the event loop of the stream
     */
    public void leave(List<ChannelName> channels, LoopAudiences loop) {
        parts(channels).forEach((hubs, names) -> hubs.leave(names, loop));
    }

    /**
     * Returns those of the given channels that have no subscribers here yet.
     *
     * @param channels the channels
     */
    public Future<List<ChannelName>> notLive(List<ChannelName> channels) {
        List<Future<List<ChannelName>>> parts = new ArrayList<>();
        parts(channels)
                .forEach((hubs, names) ->
                        parts.add(hubs.owner().callDirectly(() -> Future.succeededFuture(hubs.notLive(names)))));
        return joined(parts);
    }

    /** Returns the channels that are live here. */
    public Future<List<ChannelName>> channels() {
        return joined(all.stream()
                .map(hubs -> hubs.owner().callDirectly(() -> Future.succeededFuture(hubs.channels())))
                .toList());
    }

    /**
     * Returns the number of streams of this node on a channel. A stream counts from its request to join until it has ended.
     *
     * @param channel the channel
     */
    public Future<Integer> subscribers(ChannelName channel) {
        Hubs hubs = of.apply(channel);
        return hubs.owner().callDirectly(() -> Future.succeededFuture(hubs.subscribers(channel)));
    }

    private static Future<List<ChannelName>> joined(List<Future<List<ChannelName>>> parts) {
        return Future.join(parts)
                .map(done ->
                        parts.stream().flatMap(part -> part.result().stream()).toList());
    }

    /** Returns the hubs that own all these channels; null if several do. */
    private @Nullable Hubs only(List<ChannelName> channels) {
        if (all.size() == 1 || channels.isEmpty()) {
            return all.get(0);
        }
        Hubs first = of.apply(channels.get(0));
        for (int i = 1; i < channels.size(); i++) {
            if (of.apply(channels.get(i)) != first) {
                return null;
            }
        }
        return first;
    }

    private Map<Hubs, List<ChannelName>> parts(List<ChannelName> channels) {
        @Nullable Hubs only = only(channels);
        if (only != null) {
            return Map.of(only, channels);
        }
        Map<Hubs, List<ChannelName>> parts = new LinkedHashMap<>();
        channels.forEach(name -> parts.computeIfAbsent(of.apply(name), first -> new ArrayList<>())
                .add(name));
        return parts;
    }
}
