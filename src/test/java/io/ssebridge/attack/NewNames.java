package io.ssebridge.attack;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Reads ever new channels, from many addresses, and stays on some of them. */
final class NewNames implements Attack {
    private static final int STAYS = 50;

    private final Queue<HostileConnection> open = new ConcurrentLinkedQueue<>();
    private final Map<Integer, String> names = new ConcurrentHashMap<>();

    @Override
    public String name() {
        return "names";
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
    public int addresses() {
        return 200;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        String name = name(strike);
        if (strike.once(2)) {
            strike.ask(strike.get("/history/" + name));
        } else if (strike.once(2)) {
            strike.ask(strike.get("/stream?channel=" + name));
        } else {
            stay(strike, "/stream?channel=%s&channel=%s&channel=%s".formatted(name, name + "b", name + "c"));
        }
    }

    /** A new one, or once more one that was new a while ago. */
    private String name(Strike strike) {
        String segment = strike.once(10) ? "n".repeat(200) + strike.number() : "n" + strike.number();
        String fresh = strike.oneOf(
                        "open.",
                        "x" + strike.below(1_000) + ".",
                        // It takes a minute until all nodes have forgotten such a channel.
                        Bounds.isLong() ? "live." : "open.",
                        "no.rule.for.")
                + (strike.once(10) ? percent("☃" + segment) : segment);
        names.put(strike.number() % 500, fresh);
        return strike.once(4) ? names.getOrDefault(strike.below(500), fresh) : fresh;
    }

    private static String percent(String text) {
        StringBuilder encoded = new StringBuilder();
        for (byte b : text.getBytes(StandardCharsets.UTF_8)) {
            encoded.append("%%%02X".formatted(b));
        }
        return encoded.toString();
    }

    private void stay(Strike strike, String target) throws IOException {
        HostileConnection connection = strike.connect();
        open.add(connection);
        strike.tally().status(connection.send(strike.get(target)).answer().status());
        if (open.size() > STAYS) {
            HostileConnection oldest = open.poll();
            if (oldest != null) {
                oldest.close();
            }
        }
    }

    @Override
    public void end() {
        Held.close(open);
    }
}
