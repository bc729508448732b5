package io.ssebridge.demo;

import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The scenes that this node plays, or would play if the nodes before it were gone. A scene is told to all nodes when it
 * starts.
 *
 * <p><b>Owner:</b> the context of the demo.
 */
final class Scenes {
    /** The largest number of scenes that this node has started and that are not over. */
    static final int LIMIT = 20;

    private static final String ADDRESS = "sse.demo.scenes";
    private static final long TICK_MILLIS = 100;
    // Of all nodes together.
    private static final int MOST_KNOWN = 200;

    private final Vertx vertx;
    private final DemoNodes nodes;
    private final BusPublisher bus;
    private final Webhook webhook;
    private final NodeClock clock;
    private final Map<String, ScenePlayer> players = new LinkedHashMap<>();

    Scenes(Vertx vertx, DemoNodes nodes, BusPublisher bus, Webhook webhook, NodeClock clock) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.bus = bus;
        this.webhook = webhook;
        this.clock = clock;
    }

    /** Begins to play and to listen; called once. */
    Future<Void> start() {
        long unused = vertx.setPeriodic(TICK_MILLIS, tick -> playAll());
        return vertx.eventBus().<JsonObject>consumer(ADDRESS, this::heard).completion();
    }

    /** Starts a scene and tells all nodes. */
    Future<Scene> start(Scene.Kind kind, String id, @Nullable String text) {
        if (running() >= LIMIT) {
            return Future.failedFuture(
                    Refusals.of(Refusals.TOO_MANY, "%d scenes run on this node already".formatted(LIMIT)));
        }
        Scene scene = new Scene(kind, id, text, nodes.players());
        add(scene);
        vertx.eventBus().publish(ADDRESS, scene.toJson());
        return Future.succeededFuture(scene);
    }

    /** Returns the number of scenes that this node has started and that are not over. */
    int running() {
        String self = nodes.self().id();
        return (int) players.values().stream()
                .filter(player -> player.scene().players().get(0).equals(self))
                .count();
    }

    private void heard(Message<JsonObject> message) {
        Scene scene = Scene.of(message.body());
        if (players.size() < MOST_KNOWN && scene.players().contains(nodes.self().id())) {
            add(scene);
        }
    }

    private void add(Scene scene) {
        ScenePlayer unused =
                players.computeIfAbsent(scene.id(), first -> new ScenePlayer(scene, nodes, bus, webhook, clock));
    }

    private void playAll() {
        players.values().removeIf(ScenePlayer::isOver);
        List.copyOf(players.values()).forEach(ScenePlayer::play);
    }
}
