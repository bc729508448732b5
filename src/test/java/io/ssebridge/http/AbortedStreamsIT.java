package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.HeapHistogram;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams with clients that leave at every possible moment: none of them counts, or is held on to, when it has gone. */
@Timeout(900)
class AbortedStreamsIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int LIMIT = 50;
    // More in the Maven profile "faults".
    private static final int STREAMS = Integer.getInteger("faults.abort.streams", 1_500);
    private static final int CLIENTS = 4;
    private static final int PATIENCE_OF_CLIENTS_SECONDS = 800;
    private static final List<String> OF_STREAMS =
            List.of("subscriber.Subscriber", "hub.Seat", "hub.Audience", "hub.Hub", "leader.LedChannel");
    private static final KeyPair KEYS = Tokens.keysOfEs256();

    private static final String CONFIG =
            """
            http: {host: 127.0.0.1}
            auth: {jwt: {publicKey: "%s"}}
            limits: {subscribers: %d}
            shutdown: {drain: 1s}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {ttl: 1s}}
              - {channel: "team.{name}", history: {ttl: 1s}}
            """.formatted(Tokens.pem(KEYS.getPublic()).replace("\n", "\\n"), LIMIT);

    private static final List<Moment> MOMENTS = List.of(Moment.values());

    /** How far a client gets before it goes. */
    private enum Moment {
        IN_ITS_REQUEST,
        AT_ONCE,
        A_MOMENT_LATER,
        AFTER_THE_STATUS,
        AFTER_THE_COMMENT,
        AFTER_THE_FIRST_EVENT
    }

    @ParameterizedTest(name = "portable: {0}")
    @ValueSource(booleans = {false, true})
    void aClientThatGoesAtAnyMoment_leavesNothingOfItsStream(boolean portable) {
        long seed = Long.getLong("faults.seed", System.nanoTime());
        System.out.printf("[faults] AbortedStreamsIT: seed %d (-Dfaults.seed=%d)%n", seed, seed);
        NodeSetup setup = NodeSetup.of(CONFIG)
                .jvm("-Dio.ssebridge.portable=" + portable)
                .jvm("-Dio.netty.leakDetection.level=paranoid");
        try (TestNode node = TestNode.standalone(setup)) {
            abortMany(node.uri("/").getPort(), seed);

            Eventually.see(
                    "none of " + OF_STREAMS + " in the heap",
                    PATIENCE,
                    () -> HeapHistogram.of(node).instances(OF_STREAMS),
                    String::isEmpty);
            List<EventStreamReader> good = new ArrayList<>();
            for (int i = 0; i < LIMIT; i++) {
                EventStreamReader stream = node.stream("/stream/public.c" + i);
                assertThat(stream.status()).isEqualTo(200);
                good.add(stream);
            }
            good.forEach(stream -> stream.await("stream-open"));
            assertThat(node.stream("/stream/public.a").status()).isEqualTo(429);

            assertThat(node.stop()).isIn(0, 143);
            for (EventStreamReader stream : good) {
                assertThat(stream.await("stream-error").json().getString("reason"))
                        .isEqualTo("draining");
                stream.close();
            }
            assertThat(String.join("\n", node.process().output())).doesNotContain("ERROR", "LEAK");
        }
    }

    private static void abortMany(int port, long seed) {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
            List<CompletableFuture<Void>> done = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Client client = new Client(port, new Random(seed + i), i);
                done.add(CompletableFuture.runAsync(client, clients));
            }
            CompletableFuture.allOf(done.toArray(CompletableFuture[]::new))
                    .orTimeout(PATIENCE_OF_CLIENTS_SECONDS, TimeUnit.SECONDS)
                    .join();
        } finally {
            clients.shutdownNow();
        }
    }

    /** Opens streams one after another, and goes. */
    private record Client(int port, Random random, int number) implements Runnable {
        @Override
        public void run() {
            for (int i = 0; i < STREAMS / CLIENTS; i++) {
                try {
                    abortOne();
                } catch (UncheckedIOException cutOff) {
                    // Half a request may be refused with its connection; but no client may wait in vain.
                    if (cutOff.getCause() instanceof SocketTimeoutException) {
                        throw cutOff;
                    }
                }
            }
        }

        private void abortOne() {
            RawConnection connection = RawConnection.open(port, address());
            boolean byReset = random.nextBoolean();
            try {
                open(connection);
                if (random.nextInt(10) == 0) {
                    connection.finish();
                }
            } finally {
                if (byReset) {
                    connection.reset();
                } else {
                    connection.close();
                }
            }
        }

        // Connections that end by FIN keep their ports for a minute: each address has some.
        private InetAddress address() {
            try {
                return InetAddress.getByAddress(
                        new byte[] {127, 0, (byte) (1 + number), (byte) (1 + random.nextInt(20))});
            } catch (UnknownHostException e) {
                throw new AssertionError(e);
            }
        }

        private void open(RawConnection connection) {
            Moment moment = MOMENTS.get(random.nextInt(MOMENTS.size()));
            String request = request();
            if (moment == Moment.IN_ITS_REQUEST) {
                connection.send(request.substring(0, random.nextInt(request.length())));
                return;
            }
            connection.send(request);
            switch (moment) {
                case AFTER_THE_STATUS -> lineOf(connection, "HTTP/1.1 200");
                case AFTER_THE_COMMENT -> lineOf(connection, ":");
                case AFTER_THE_FIRST_EVENT -> lineOf(connection, "data: ");
                // This test is about the exact moment.
                case A_MOMENT_LATER -> LockSupport.parkNanos(random.nextInt(3_000_000));
                default -> {
                    // At once.
                }
            }
        }

        private static void lineOf(RawConnection connection, String part) {
            String line = connection.line();
            // The body of another answer may stand before it, without an end of line.
            while (!line.contains(part)) {
                if (line.contains("HTTP/1.1 429")) {
                    return;
                }
                line = connection.line();
            }
        }

        private String request() {
            String get = "GET /stream?channel=public.a%d&channel=public.b%s HTTP/1.1\r\nHost: x\r\n\r\n"
                    .formatted(random.nextInt(20), random.nextInt(3) == 0 ? "&last=5" : "");
            return switch (random.nextInt(6)) {
                case 0 ->
                    "POST /publish/public.b HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                            + "Content-Length: 3\r\n\r\nabc" + get;
                case 1 ->
                    get + "POST /publish/public.b HTTP/1.1\r\nHost: x\r\nContent-Length: 3000\r\n\r\n"
                            + "x".repeat(2_000);
                case 2 -> "GET /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n";
                case 3 -> get;
                default ->
                    "GET /stream/team.%d HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\n\r\n"
                            .formatted(random.nextInt(20), token());
            };
        }

        /** A token that has not come before: its signature is checked on another thread. */
        private String token() {
            JsonObject claims = new JsonObject()
                    .put("sub", "s" + random.nextLong())
                    .put("exp", Instant.now().getEpochSecond() + 3_600)
                    .put("channels", new JsonObject().put("subscribe", new JsonArray().add("team.*")));
            return Tokens.sign(claims, KEYS.getPrivate());
        }
    }
}
