package io.ssebridge.attack;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;

/** Publishes with ever new keys, which the cluster has to remember. */
final class KeyFlood implements Attack {
    private static final int KEYS = 25;
    private static final int CHANNELS = 20;

    @Override
    public String name() {
        return "keys";
    }

    @Override
    public double rate() {
        return 10;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        JsonArray events = new JsonArray();
        for (int i = 0; i < KEYS; i++) {
            events.add(new JsonObject()
                    .put("data", i)
                    .put("key", "hostile %d %d".formatted(strike.number(), i))
                    .put("event", "k"));
        }
        String channel = "/publish/hostile.keys" + strike.below(CHANNELS);
        String request = strike.post(channel, events.encode(), strike.victim().bearer());
        strike.ask(request);
        if (strike.once(10)) {
            strike.ask(request);
        }
    }
}
