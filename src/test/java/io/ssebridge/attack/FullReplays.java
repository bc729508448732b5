package io.ssebridge.attack;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/** Has a whole history of large events replayed, again and again, and reads all of it, or some. */
final class FullReplays implements Attack {
    static final int HISTORY = 256;

    private static final int EVENT_BYTES = 60_000;
    private static final int EVENTS_AT_ONCE = 16;
    // Before the history has expired.
    private static final Duration BETWEEN_FILLS = Duration.ofSeconds(15);
    private static final String CHANNEL = "big.replayed";

    private final AtomicLong filled = new AtomicLong(System.nanoTime() - BETWEEN_FILLS.toNanos());

    @Override
    public String name() {
        return "replays";
    }

    @Override
    public double rate() {
        return 2;
    }

    @Override
    public int threads() {
        return 4;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        long last = filled.get();
        if (System.nanoTime() - last >= BETWEEN_FILLS.toNanos() && filled.compareAndSet(last, System.nanoTime())) {
            fill(strike);
        }
        switch (strike.below(4)) {
            case 0 -> strike.ask(strike.get("/history/%s?limit=1".formatted(CHANNEL)));
            case 1 -> strike.ask(strike.get("/history/%s?last=20&limit=20".formatted(CHANNEL)));
            case 2 -> replay(strike, "since=0");
            default -> replay(strike, "last=" + HISTORY);
        }
    }

    private static void fill(Strike strike) throws IOException {
        JsonArray events = new JsonArray();
        for (int i = 0; i < EVENTS_AT_ONCE; i++) {
            events.add(new JsonObject().put("data", "r".repeat(EVENT_BYTES)));
        }
        for (int i = 0; i < HISTORY / EVENTS_AT_ONCE; i++) {
            strike.ask(strike.post(
                    "/publish/" + CHANNEL, events.encode(), strike.victim().bearer()));
        }
    }

    private static void replay(Strike strike, String where) throws IOException {
        HostileConnection connection = strike.connect().patience(Duration.ofSeconds(2));
        try {
            connection.send(strike.get("/stream/%s?%s".formatted(CHANNEL, where)));
            strike.tally().status(connection.answer().status());
            connection.drain(strike.below(2 * HISTORY * EVENT_BYTES));
        } finally {
            connection.reset();
        }
    }
}
