package io.ssebridge.attack;

import io.ssebridge.fault.Ledger;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** Sends bytes that are not a request, or only part of one, and keeps some connections open and silent. */
final class BrokenRequests implements Attack {
    private static final int STAYS = 50;
    private static final Duration PATIENCE = Duration.ofMillis(500);

    private final Queue<HostileConnection> open = new ConcurrentLinkedQueue<>();

    @Override
    public String name() {
        return "garbage";
    }

    @Override
    public double rate() {
        return 30;
    }

    @Override
    public int threads() {
        return 2;
    }

    @Override
    public void strike(Strike strike) throws IOException {
        HostileConnection connection = strike.connect().patience(PATIENCE);
        if (strike.once(5)) {
            stay(connection.send(truncated(strike)));
            strike.tally().add("stays");
            return;
        }
        try {
            if (strike.once(2)) {
                connection.send(truncated(strike));
                if (strike.once(2)) {
                    connection.finish();
                }
            } else {
                connection.send(broken(strike));
            }
            strike.tally().foreignStatus(connection.answer().status());
        } finally {
            connection.reset();
        }
    }

    private static String truncated(Strike strike) {
        String whole = strike.oneOf(
                strike.get("/stream/" + Ledger.channel(0)),
                strike.get("/history/" + Ledger.channel(0)),
                strike.post(
                        "/publish/hostile.broken",
                        "{\"data\": \"xxxxxxxx\"}",
                        strike.victim().bearer()));
        return whole.substring(0, 1 + strike.below(whole.length() - 1));
    }

    private static byte[] broken(Strike strike) {
        if (strike.once(3)) {
            byte[] bytes = new byte[1 + strike.below(2_000)];
            strike.random().nextBytes(bytes);
            return bytes;
        }
        String bearer = strike.victim().bearer();
        String publish = strike.post("/publish/hostile.broken", "{}", bearer);
        String text = strike.oneOf(
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
                strike.get("/stream/%zz"),
                strike.get("/stream/%FF"),
                strike.get("/stream/a..b"),
                strike.get("//stream//"),
                strike.get("/stream/" + "a".repeat(5_000)),
                strike.get("/stream/sse", "X: " + "a".repeat(9_000)),
                strike.get("/stream/sse", "Host: elsewhere"),
                strike.get("/stream?" + "channel=open.a&".repeat(200)),
                strike.get("/stream/open.\u0001"),
                publish.replace("Content-Length: 2", "Content-Length: 99999999999"),
                publish.replace("Content-Length: 2", "Content-Length: -1"),
                publish.replace("Content-Length: 2", "Content-Length: 2\r\nContent-Length: 3"),
                publish.replace("Content-Length: 2", "Transfer-Encoding: chunked\r\n\r\nfffffffff\r\n"),
                publish.replace("Content-Length: 2", "Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
                strike.get("/history/sse").replace("\r\n", "\n"),
                "GET /stream/sse\r\n\r\n",
                "DELETE /publish/sse HTTP/1.1\r\nHost: x\r\n\r\n",
                "GET http://" + "a.".repeat(3_000) + "/ HTTP/1.1\r\nHost: " + "a.".repeat(3_000) + "\r\n\r\n");
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    private void stay(HostileConnection connection) throws IOException {
        open.add(connection);
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
