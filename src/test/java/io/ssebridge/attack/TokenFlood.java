package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import io.ssebridge.fault.Ledger;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Comes with tokens that are expensive: bad signatures, long ones, good ones in many spellings. */
final class TokenFlood implements Attack {
    private static final int BURST = 30;
    private static final int PATTERNS = 60;
    private static final String BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

    @Override
    public String name() {
        return "tokens";
    }

    @Override
    public double rate() {
        return 20;
    }

    @Override
    public int threads() {
        return 2;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        switch (strike.below(6)) {
            case 0 -> refused(strike, badSignature(strike));
            case 1 -> refused(strike, strike.oneOf("a.b.c", "..", "e30.e30.", "%", "x".repeat(7_000), expired(strike)));
            case 2 -> refused(strike, unsigned(strike));
            case 3 -> ask(strike, manyPatterns(strike));
            case 4 -> ask(strike, respelled(strike));
            default -> {
                if (strike.once(5)) {
                    burst(strike);
                } else {
                    refused(strike, badSignature(strike));
                }
            }
        }
    }

    private static String badSignature(Strike strike) {
        Victim victim = strike.victim();
        String good = strike.oneOf(
                victim.grant(),
                strike.victims().get(0).grant(),
                strike.victims().get(1).grant());
        StringBuilder token = new StringBuilder(good.substring(0, good.lastIndexOf('.') + 1));
        Random random = strike.random();
        for (int i = token.length(); i < good.length() - 1; i++) {
            token.append(BASE64.charAt(random.nextInt(64)));
        }
        return token.append('A').toString();
    }

    private static String expired(Strike strike) {
        return strike.victim().signer().sign(Victim.claims("late").put("exp", 1_000_000 + strike.number()));
    }

    private static String unsigned(Strike strike) {
        String grant = strike.victim().grant();
        return "eyJhbGciOiJub25lIn0" + grant.substring(grant.indexOf('.'), grant.lastIndexOf('.') + 1);
    }

    /** A good token that takes much room. */
    private static String manyPatterns(Strike strike) {
        JsonArray patterns = new JsonArray();
        for (int i = 0; i < PATTERNS; i++) {
            patterns.add("a%d.b%d.*.{sub}.**".formatted(strike.number(), i));
        }
        JsonObject claims = Victim.claims("many");
        claims.getJsonObject("channels").put("subscribe", patterns);
        return strike.victim().signer().sign(claims);
    }

    /** The same good token once more, with other bits where base64 has some to spare. */
    private static String respelled(Strike strike) {
        String grant = strike.victim().grant();
        int last = BASE64.indexOf(grant.charAt(grant.length() - 1));
        return grant.substring(0, grant.length() - 1)
                + BASE64.charAt(last ^ strike.below(4))
                + "=".repeat(strike.below(3));
    }

    private static String request(Strike strike, String token) {
        return strike.get("/history/%s?limit=1".formatted(Ledger.channel(0)), "Authorization: Bearer " + token);
    }

    private static Answer ask(Strike strike, String token) throws IOException {
        return strike.ask(request(strike, token));
    }

    private static void refused(Strike strike, String token) throws IOException {
        Answer answer = ask(strike, token);
        if (answer.status() / 100 != 4 && answer.status() != 503) {
            throw new AssertionError("%s: %d (expected: 401)".formatted(token, answer.status()));
        }
    }

    private static void burst(Strike strike) throws IOException {
        List<HostileConnection> connections = new ArrayList<>();
        try {
            for (int i = 0; i < BURST; i++) {
                HostileConnection connection = strike.connect();
                connections.add(connection);
                connection.send(request(strike, badSignature(strike)));
            }
            for (HostileConnection connection : connections) {
                strike.tally().status(connection.answer().status());
            }
        } finally {
            for (HostileConnection connection : connections) {
                connection.reset();
            }
        }
    }
}
