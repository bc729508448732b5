package io.ssebridge.attack;

import java.io.IOException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Opens streams of several channels with large events, and reads nothing. */
final class StalledReaders implements Attack {
    private static final int STALLED = 250;
    private static final int RECEIVE_BUFFER = 4_096;
    private static final int EVENT_BYTES = 60_000;
    private static final int CHANNELS = 4;

    private final Queue<HostileConnection> open = new ConcurrentLinkedQueue<>();

    @Override
    public String name() {
        return "stalled";
    }

    @Override
    public double rate() {
        return 40;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        if (strike.once(5)) {
            String json = "{\"data\": \"%s\"}".formatted("s".repeat(EVENT_BYTES));
            strike.ask(strike.post(
                    "/publish/big.stalled" + strike.below(CHANNELS),
                    json,
                    strike.victim().bearer()));
            return;
        }
        HostileConnection connection =
                new HostileConnection(strike.from(), strike.victim().uri(), RECEIVE_BUFFER);
        open.add(connection);
        connection.send(strike.get(
                "/stream?channel=big.stalled0&channel=big.stalled1&channel=big.stalled2&channel=big.stalled3"));
        strike.tally().status(connection.answer().status());
        if (open.size() > STALLED) {
            HostileConnection oldest = open.poll();
            if (oldest != null) {
                oldest.reset();
            }
        }
    }

    @Override
    public void end() {
        Held.close(open);
    }
}
