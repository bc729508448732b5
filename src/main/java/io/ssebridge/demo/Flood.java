package io.ssebridge.demo;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.UUID;

/**
 * Publishes many events, one after another.
 *
 * <p><b>Owner:</b> the context of the demo.
 */
final class Flood {
    /** The largest number of events. */
    static final int MOST_EVENTS = 1_000;

    private static final int ATTEMPTS = 3;

    private final BusPublisher bus;
    private boolean running;

    Flood(BusPublisher bus) {
        this.bus = bus;
    }

    boolean isRunning() {
        return running;
    }

    void start(String channel, int events) {
        running = true;
        String id = UUID.randomUUID().toString();
        publish(channel, id, 1, events).onComplete(over -> running = false);
    }

    private Future<Void> publish(String channel, String id, int n, int events) {
        JsonObject data = new JsonObject().put("n", n).put("of", events);
        Future<Void> published = attempt(channel, id + "-" + n, data, ATTEMPTS);
        return n == events ? published : published.compose(next -> publish(channel, id, n + 1, events));
    }

    private Future<Void> attempt(String channel, String key, JsonObject data, int attempts) {
        Future<Void> published = bus.publish(channel, "flood", data, key, false);
        return attempts == 1 ? published : published.recover(again -> attempt(channel, key, data, attempts - 1));
    }
}
