package io.ssebridge.attack;

import io.ssebridge.fault.Ledger;
import io.ssebridge.testing.Pause;
import java.io.IOException;
import java.time.Duration;

/** Opens streams and is gone at every possible moment: within the request, while the token is checked, before and after the head. */
final class AbortedStreams implements Attack {
    @Override
    public String name() {
        return "aborts";
    }

    @Override
    public double rate() {
        return 100;
    }

    @Override
    public int threads() {
        return 2;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        String request = strike.get(target(strike), headers(strike));
        HostileConnection connection = strike.connect();
        boolean resets = strike.random().nextBoolean();
        try {
            if (strike.once(4)) {
                connection.send(request.substring(0, 1 + strike.below(request.length() - 1)));
                strike.tally().add("cut");
                return;
            }
            connection.send(request);
            if (strike.once(3)) {
                strike.tally().status(connection.answer().status());
                return;
            }
            Pause.of(Duration.ofMillis(strike.oneOf(0, 0, 1, 2, 5)));
            strike.tally().add("gone");
        } finally {
            leave(connection, resets);
        }
    }

    private static void leave(HostileConnection connection, boolean resets) throws IOException {
        if (resets) {
            connection.reset();
        } else {
            connection.close();
        }
    }

    private static String target(Strike strike) {
        return "/stream?channel="
                + strike.oneOf(
                        Ledger.channel(0),
                        Ledger.channel(1) + "&channel=" + Ledger.channel(2),
                        Ledger.channel(3) + "&last=10",
                        "open.aborted" + strike.below(10),
                        "live.kept&channel=" + Ledger.channel(4));
    }

    /** Without a token, with one that is known, and with one that has to be checked first. */
    private static String[] headers(Strike strike) {
        return switch (strike.below(3)) {
            case 0 -> new String[] {};
            case 1 -> new String[] {strike.victim().bearer()};
            default -> new String[] {"Authorization: Bearer " + strike.victim().token("aborts" + strike.number())};
        };
    }
}
