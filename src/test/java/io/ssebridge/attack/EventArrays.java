package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Publishes a thousand events with one small request, to many channels at once. */
final class EventArrays implements Attack {
    private static final int EVENTS = 1_000;

    @Override
    public String name() {
        return "arrays";
    }

    @Override
    public double rate() {
        return 8;
    }

    @Override
    public int threads() {
        return 8;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        JsonArray events = new JsonArray();
        for (int i = 0; i < EVENTS; i++) {
            events.add(new JsonObject().put("data", i));
        }
        int channels = strike.oneOf(1, 20, 50);
        String target = IntStream.range(0, channels)
                .mapToObj(i -> "channel=hostile.array" + i)
                .collect(Collectors.joining("&", "/publish?", ""));
        Answer answer =
                strike.ask(strike.post(target, events.encode(), strike.victim().bearer()));
        if (channels > 1 && answer.status() / 100 == 2) {
            throw new AssertionError(
                    "%d events times %d channels: %d (expected: 400)".formatted(EVENTS, channels, answer.status()));
        }
    }
}
