package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import java.io.IOException;

/** Publishes bodies that are hard to read: deep and broken JSON, long numbers, names that pass for the bridge's own events. */
final class OddJson implements Attack {
    @Override
    public String name() {
        return "json";
    }

    @Override
    public double rate() {
        return 20;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        switch (strike.below(4)) {
            case 0 -> publish(strike, strange(strike));
            case 1 ->
                publish(
                        strike,
                        "{\"data\": \"x\", \"retry\": %s}"
                                .formatted(strike.oneOf(
                                        "0", "1", "86400000", "2147483647", "-1", "1e3", "99999999999", "null")));
            case 2 -> controlName(strike);
            default -> publish(strike, "[%s]".formatted(strange(strike)));
        }
    }

    private static String strange(Strike strike) {
        int depth = strike.oneOf(10, 999, 1_001, 20_000);
        return strike.oneOf(
                "{\"data\": %s%s}".formatted("[".repeat(depth), "]".repeat(depth)),
                "{\"data\": %s1%s}".formatted("{\"a\":".repeat(depth), "}".repeat(depth)),
                "[".repeat(depth),
                "{\"data\": %s}".formatted("9".repeat(depth)),
                "{\"data\": 1e%s}".formatted("9".repeat(depth)),
                "{\"data\": \"%s\"}".formatted("\\u0041".repeat(depth)),
                "{\"data\": \"\\ud800\"}",
                "{\"data\": \"\u00ff\u00fe\"}",
                "{\"data\": \"a\", \"data\": \"b\"}",
                "{\"data\": \"%s\"}".formatted("\\r".repeat(depth)),
                "{\"event\": \"%s\", \"data\": \"\"}".formatted("e".repeat(depth)),
                "{\"key\": \"%s\", \"data\": \"\"}".formatted("k".repeat(depth)),
                "{\"event\": \"a\\nid: 5\", \"data\": \"\"}",
                "");
    }

    /** Clients that trim would take it for an event of the bridge. */
    private static void controlName(Strike strike) throws IOException {
        String name = strike.oneOf(
                "stream-open",
                " stream-open",
                "stream-reset ",
                "\\tstream-error",
                "\\u00a0stream-error",
                "\\ufeffopen",
                "open",
                "error ",
                "\\u2003stream-x",
                "\\u200bstream-open");
        Answer answer = publish(strike, "{\"event\": \"%s\", \"data\": \"x\"}".formatted(name));
        if (answer.status() / 100 == 2) {
            throw new AssertionError("event \"%s\": %d (expected: 400)".formatted(name, answer.status()));
        }
    }

    private static Answer publish(Strike strike, String json) throws IOException {
        return strike.ask(strike.post(
                "/publish/hostile.json" + strike.below(5), json, strike.victim().bearer()));
    }
}
