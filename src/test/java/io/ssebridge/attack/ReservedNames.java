package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import java.io.IOException;

/** Reads and publishes on channels with addresses that belong to the bridge itself, or to Vert.x. */
final class ReservedNames implements Attack {
    @Override
    public String name() {
        return "reserved";
    }

    @Override
    public double rate() {
        return 10;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        String name = strike.oneOf(
                "sse.publish",
                "sse.history",
                "sse.node",
                "sse.lifecycle",
                "sse.n" + strike.number(),
                "__vertx.a",
                "__vertx.reply",
                "%5F%5Fvertx.b",
                "sse%2Epublish");
        Answer answer = switch (strike.below(3)) {
            case 0 -> strike.ask(strike.get("/history/" + name));
            case 1 -> strike.ask(strike.get("/stream?channel=" + name));
            default ->
                strike.ask(strike.post(
                        "/publish/" + name, "{\"data\": \"x\"}", strike.victim().bearer()));
        };
        // Too many of anything is said before anybody looks at the name.
        if (answer.status() != 400 && answer.status() != 429) {
            throw new AssertionError("%s: %d (expected: 400)".formatted(name, answer.status()));
        }
    }
}
