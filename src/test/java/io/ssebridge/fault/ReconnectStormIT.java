package io.ssebridge.fault;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * All clients come back at once, each with an ES256 token that the node has not seen. Every signature takes most of a
 * millisecond, and yet no heartbeat of the open streams is late.
 */
@Timeout(300)
class ReconnectStormIT {
    private static final int STREAMS = Bound.of("storm.streams", 1_000);
    private static final int WATCHERS = 10;
    private static final Duration HEARTBEAT = Duration.ofSeconds(1);
    private static final Duration MOST_DELAY = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    /** An open stream without events, and the longest time between two of its heartbeats. */
    private static final class Watcher implements AutoCloseable {
        private final Socket socket;
        private final AtomicLong longestNanos = new AtomicLong();
        private final AtomicLong heartbeats = new AtomicLong();

        Watcher(URI node, int number) throws IOException {
            socket = send(node, "/stream/public.w" + number, "");
            Thread thread = new Thread(this::watch, "watcher-" + number);
            thread.setDaemon(true);
            thread.start();
        }

        private void watch() {
            try (InputStream in = socket.getInputStream()) {
                byte[] bytes = new byte[8_192];
                long last = System.nanoTime();
                // The first heartbeats are counted from the stream's beginning on.
                while (in.read(bytes) > 0) {
                    long now = System.nanoTime();
                    long gap = now - last;
                    longestNanos.accumulateAndGet(gap, Math::max);
                    heartbeats.incrementAndGet();
                    last = now;
                }
            } catch (IOException closed) {
                // At the end of the test.
            }
        }

        Duration longest() {
            return Duration.ofNanos(longestNanos.get());
        }

        long heartbeats() {
            return heartbeats.get();
        }

        void beginToMeasure() {
            longestNanos.set(0);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    @Test
    void aStormOfEllipticTokens_delaysNoHeartbeat() throws IOException {
        KeyPair keys = Tokens.keysOfEs256();
        String config = """
                http: {host: 127.0.0.1}
                auth: {jwt: {publicKey: "%s"}}
                stream: {heartbeat: 1s}
                limits: {newChannelsPerIp: 0}
                channels:
                  - {channel: "public.{name}", subscribe: public}
                  - {channel: "team.{name}"}
                """.formatted(Tokens.pem(keys.getPublic()).replace("\n", "\\n"));
        List<String> tokens = new ArrayList<>(STREAMS);
        for (int i = 0; i < STREAMS; i++) {
            tokens.add(Tokens.sign(claims("u" + i), keys.getPrivate()));
        }
        List<Watcher> watchers = new ArrayList<>();
        List<Socket> storm = new ArrayList<>(STREAMS);
        try (TestNode node = TestNode.standalone(NodeSetup.of(config))) {
            for (int i = 0; i < WATCHERS; i++) {
                watchers.add(new Watcher(node.uri("/"), i));
            }
            Eventually.holds("heartbeats", PATIENCE, () -> watchers.stream().allMatch(each -> each.heartbeats() > 4));
            watchers.forEach(Watcher::beginToMeasure);
            long begun = System.nanoTime();
            for (String token : tokens) {
                storm.add(send(node.uri("/"), "/stream/team.a", "Authorization: Bearer " + token + "\r\n"));
            }
            Duration sent = Duration.ofNanos(System.nanoTime() - begun);
            for (Socket stream : storm) {
                awaitOpen(stream);
            }
            Duration open = Duration.ofNanos(System.nanoTime() - begun);
            long before = watchers.get(0).heartbeats();
            Eventually.holds(
                    "two more heartbeats",
                    PATIENCE,
                    () -> watchers.stream().allMatch(each -> each.heartbeats() > before + 2));

            Duration longest = watchers.stream()
                    .map(Watcher::longest)
                    .max(Duration::compareTo)
                    .orElseThrow();
            Bound.say(
                    "%d ES256 tokens sent in %d ms, all streams open after %d ms, longest time between heartbeats of %d ms: %d ms",
                    STREAMS, sent.toMillis(), open.toMillis(), HEARTBEAT.toMillis(), longest.toMillis());
            assertThat(longest).isLessThan(HEARTBEAT.plus(MOST_DELAY));
        } finally {
            for (Socket stream : storm) {
                // By RST, which leaves no port in use.
                stream.setSoLinger(true, 0);
                stream.close();
            }
            for (Watcher watcher : watchers) {
                watcher.close();
            }
        }
    }

    private static Socket send(URI node, String path, String headers) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), node.getPort());
        socket.getOutputStream()
                .write("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n"
                        .formatted(path, node.getAuthority(), headers)
                        .getBytes(UTF_8));
        return socket;
    }

    /** Reads a response up to the event that says that the stream is open. */
    private static void awaitOpen(Socket stream) throws IOException {
        stream.setSoTimeout(Math.toIntExact(PATIENCE.toMillis()));
        byte[] bytes = new byte[8_192];
        StringBuilder response = new StringBuilder();
        while (response.indexOf("event: stream-open") < 0) {
            int count = stream.getInputStream().read(bytes);
            assertThat(count).as(response.toString()).isPositive();
            response.append(new String(bytes, 0, count, UTF_8));
        }
    }

    private static JsonObject claims(String subject) {
        return new JsonObject()
                .put("sub", subject)
                .put("exp", Instant.now().plusSeconds(3_600).getEpochSecond())
                .put("channels", new JsonObject().put("subscribe", JsonArray.of("team.*")));
    }
}
