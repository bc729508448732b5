package io.ssebridge.demo;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.ZoneId;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Clocks that tick only while somebody looks: the bridge says when a channel gets its first subscriber in the cluster, and
 * when the last one has left. All nodes know the clocks, and the first node of the cluster lets them tick.
 *
 * <p><b>Owner:</b> the context of the demo.
 */
final class Clocks {
    private static final String CHANNELS = "clocks.";
    private static final long SECOND_MILLIS = 1_000;
    private static final long SYNC_MILLIS = 10_000;
    private static final int LIMIT = 100;

    private final Vertx vertx;
    private final DemoNodes nodes;
    private final BusPublisher bus;
    private final NodeClock clock;
    private final Map<String, ZoneId> running = new TreeMap<>();
    private long ticks;

    Clocks(Vertx vertx, DemoNodes nodes, BusPublisher bus, NodeClock clock) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.bus = bus;
        this.clock = clock;
    }

    /** Begins to listen and to tick; called once. */
    Future<Void> start() {
        long unused = vertx.setPeriodic(SECOND_MILLIS, tick -> tickAll());
        // This node may have come later than a subscriber, and a message may be lost.
        unused = vertx.setPeriodic(0, SYNC_MILLIS, tick -> sync());
        return vertx.eventBus()
                .<JsonObject>consumer("sse.lifecycle", this::changed)
                .completion();
    }

    /** Returns the channels of the clocks that tick. */
    List<String> running() {
        return List.copyOf(running.keySet());
    }

    private void sync() {
        Set<String> before = Set.copyOf(running.keySet());
        Set<String> listed = new HashSet<>();
        list(CHANNELS, listed).onSuccess(done -> {
            before.stream().filter(channel -> !listed.contains(channel)).forEach(running::remove);
            listed.forEach(this::add);
        });
    }

    /** Lists the clocks that have subscribers, page by page. */
    private Future<Void> list(String after, Set<String> listed) {
        return vertx.eventBus()
                .<JsonObject>request("sse.channels", new JsonObject().put("after", after))
                .compose(answer -> {
                    JsonArray page = answer.body().getJsonArray("channels");
                    String last = after;
                    for (int i = 0; i < page.size(); i++) {
                        JsonObject channel = page.getJsonObject(i);
                        last = channel.getString("channel");
                        if (last.startsWith(CHANNELS) && channel.getInteger("subscribers") > 0) {
                            listed.add(last);
                        }
                    }
                    boolean more = answer.body().getBoolean("more", false);
                    return more && !last.equals(after) && last.startsWith(CHANNELS)
                            ? list(last, listed)
                            : Future.succeededFuture();
                });
    }

    private void changed(Message<JsonObject> message) {
        String channel = message.body().getString("channel");
        switch (message.body().getString("type")) {
            case "channel-active" -> add(channel);
            case "channel-idle" -> running.remove(channel);
            default -> {
                // A member came or left.
            }
        }
    }

    private void add(String channel) {
        if (channel.startsWith(CHANNELS) && running.size() < LIMIT) {
            try {
                running.put(channel, ZoneId.of(channel.substring(CHANNELS.length())));
            } catch (DateTimeException unknown) {
                // A visitor may subscribe to any name.
            }
        }
    }

    private void tickAll() {
        if (nodes.isFirst()) {
            running.forEach(this::tick);
        }
    }

    private void tick(String channel, ZoneId zone) {
        JsonObject time =
                new JsonObject().put("time", clock.instant().atZone(zone).toString());
        String key = nodes.self().id() + "-" + ticks++;
        // A tick that is lost is of no use later.
        var unused = bus.publish(channel, null, time, key, false);
    }
}
