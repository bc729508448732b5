package io.ssebridge.attack;

import io.ssebridge.attack.HostileConnection.Answer;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import io.ssebridge.fault.Ledger;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Comes back with event ids that are forged, damaged, of other channels, or older than the history, and asks for any numbers. */
final class ForgedIds implements Attack {
    private static final Duration OLD = Duration.ofSeconds(4);
    private static final Pattern ID = Pattern.compile("(?m)^id: ?(\\S+)$");

    private final Queue<Kept> kept = new ConcurrentLinkedQueue<>();

    /** An id that was good. */
    private record Kept(String channel, String id, long nanos) {}

    @Override
    public String name() {
        return "ids";
    }

    @Override
    public double rate() {
        return 50;
    }

    @Override
    public int threads() {
        return 2;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        switch (strike.below(7)) {
            case 0 -> comeBack(strike, anyChannel(strike), random(strike));
            case 1 -> comeBack(strike, anyChannel(strike), damaged(strike));
            case 2 ->
                comeBack(strike, "open.forged" + strike.number(), wellFormed(strike, "open.forged" + strike.number()));
            case 3 -> keep(strike);
            case 4 -> comeBackLate(strike);
            case 5 -> live(strike);
            default -> anyNumbers(strike);
        }
    }

    private static String anyChannel(Strike strike) {
        return strike.oneOf(Ledger.channel(strike.below(5)), "open.ids" + strike.below(1_000), "live.kept");
    }

    private static String random(Strike strike) {
        byte[] bytes = new byte[1 + strike.below(strike.once(10) ? 3_000 : 90)];
        strike.random().nextBytes(bytes);
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    private String damaged(Strike strike) throws IOException {
        StringBuilder id = new StringBuilder(goodId(strike, Ledger.channel(strike.below(5))));
        switch (strike.below(4)) {
            case 0 -> id.setLength(strike.below(id.length()));
            case 1 -> id.append(id);
            case 2 -> id.append('=');
            default -> id.setCharAt(strike.below(id.length()), strike.oneOf('A', '_', '-', '9', '%'));
        }
        return id.toString();
    }

    /** An id that any client could compute. */
    private static String wellFormed(Strike strike, String channel) {
        ChannelName name = new ChannelName(channel);
        Cursor cursor = strike.<Cursor>oneOf(
                new Cursor.At(strike.oneOf(0L, 5L, 1_000_000L, Long.MAX_VALUE - 1), strike.below(1 << 24)),
                new Cursor.Start(strike.oneOf(0L, System.currentTimeMillis(), 4_000_000_000_000L)));
        return EventId.encode(List.of(name), List.of(cursor));
    }

    private static String goodId(Strike strike, String channel) throws IOException {
        HostileConnection connection = strike.connect();
        try {
            Answer head = connection.send(strike.get("/stream/" + channel)).answer();
            strike.tally().status(head.status());
            if (!head.isStream()) {
                throw new IOException("no stream");
            }
            String text = "";
            while (true) {
                String chunk = connection.chunk();
                text += chunk;
                Matcher id = ID.matcher(text);
                if (id.find()) {
                    return id.group(1);
                }
                if (chunk.isEmpty()) {
                    throw new IOException("no id");
                }
            }
        } finally {
            connection.reset();
        }
    }

    /** Publishes on a channel that is never used again, and keeps the id: when it comes back, the history has gone. */
    private void keep(Strike strike) throws IOException {
        String channel = "hostile.old" + strike.number();
        Answer answer = strike.ask(strike.post(
                "/publish/" + channel, "{\"data\": \"x\"}", strike.victim().bearer()));
        if (answer.status() == 201) {
            kept.add(new Kept(channel, new JsonObject(answer.body()).getString("id"), System.nanoTime()));
        }
    }

    private void comeBackLate(Strike strike) throws IOException {
        Kept oldest = kept.peek();
        if (oldest != null && System.nanoTime() - oldest.nanos > OLD.toNanos() && kept.remove(oldest)) {
            comeBack(strike, oldest.channel, oldest.id);
        }
    }

    private static void live(Strike strike) throws IOException {
        String channel = Bounds.isLong() ? "live.ids" + strike.below(100) : "live.kept";
        comeBack(strike, channel, goodId(strike, channel));
    }

    private static void comeBack(Strike strike, String channel, String id) throws IOException {
        String encoded = id.replace("%", "%25").replace("=", "%3D");
        if (strike.once(2)) {
            strike.ask(strike.get("/history/%s?after=%s".formatted(channel, encoded)));
        } else if (strike.once(2)) {
            strike.ask(strike.get("/stream?channel=%s&lastEventId=%s".formatted(channel, encoded)));
        } else {
            strike.ask(strike.get(
                    "/stream?channel=%s&channel=%s".formatted(channel, Ledger.channel(4)), "Last-Event-ID: " + id));
        }
    }

    private static void anyNumbers(Strike strike) throws IOException {
        String number = strike.oneOf(
                "0", "1", "256", "1000", "1001", "2147483647", "2147483648", "-1", "999999999999999999", "1e9", "%2B1");
        String parameter = strike.oneOf("last", "since", "limit");
        if (strike.once(2) && !parameter.equals("limit")) {
            strike.ask(strike.get("/stream?channel=%s&%s=%s".formatted(anyChannel(strike), parameter, number)));
        } else {
            strike.ask(strike.get("/history/%s?%s=%s".formatted(anyChannel(strike), parameter, number)));
        }
    }
}
