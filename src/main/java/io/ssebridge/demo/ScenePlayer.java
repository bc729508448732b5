package io.ssebridge.demo;

import io.ssebridge.demo.Script.Line;
import io.ssebridge.demo.Script.LineKind;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;

/**
 * Plays one scene, if it is this node's turn. Each event has a key that tells its place in the scene. So a node that takes the
 * scene over simply begins at the start: the bridge drops the events that are there already.
 *
 * <p><b>Owner:</b> the context of the demo.
 */
final class ScenePlayer {
    // A node that takes over first notices that the other is gone.
    private static final long OVERTIME_MILLIS = 60_000;

    private final Scene scene;
    private final Script script;
    private final DemoNodes nodes;
    private final BusPublisher bus;
    private final Webhook webhook;
    private final NodeClock clock;
    private final long startMillis;
    private int next;
    private boolean busy;

    ScenePlayer(Scene scene, DemoNodes nodes, BusPublisher bus, Webhook webhook, NodeClock clock) {
        this.scene = scene;
        this.script = Script.of(scene);
        this.nodes = nodes;
        this.bus = bus;
        this.webhook = webhook;
        this.clock = clock;
        this.startMillis = clock.elapsedMillis();
    }

    Scene scene() {
        return scene;
    }

    /** Returns whether nothing is left to do. A node that only waits for its turn waits until the scene must be over. */
    boolean isOver() {
        return next == script.lines().size() || playedMillis() > script.durationMillis() + OVERTIME_MILLIS;
    }

    private long playedMillis() {
        return clock.elapsedMillis() - startMillis;
    }

    /** Publishes the events that are due, one after another. A failed one is published again at the next call. */
    void play() {
        if (busy || isOver() || next * script.stepMillis() > playedMillis() || !nodes.isFirstOf(scene.players())) {
            return;
        }
        busy = true;
        publish(script.lines().get(next)).onComplete(answered -> {
            busy = false;
            if (answered.succeeded()) {
                next++;
                play();
            }
        });
    }

    private Future<Void> publish(Line line) {
        String key = scene.id() + "-" + next;
        return line.kind() == LineKind.LAST_BY_WEBHOOK
                ? webhook.call(scene.channel(), line.event(), key, line.data())
                : bus.publish(scene.channel(), line.event(), line.data(), key, line.kind() == LineKind.LAST);
    }
}
