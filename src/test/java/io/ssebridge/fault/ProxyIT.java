package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.ssebridge.http.RawConnection;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FreePorts;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.ResumingSubscriber;
import io.ssebridge.testing.ReverseProxy;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.Execution;
import org.junit.jupiter.api.parallel.ExecutionMode;

/** Streams through real proxies, with the configurations that {@code src/docs/proxies.md} recommends. */
@Timeout(300)
@Execution(ExecutionMode.CONCURRENT)
class ProxyIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int STREAMS = 20;
    private static final int CHANNELS = 5;
    private static final Duration PACE = Duration.ofMillis(25);
    private static final Duration BACK_AFTER = Duration.ofMillis(100);
    // As in the configurations.
    private static final int CONNECTIONS_PER_ADDRESS = 100;
    // Caddy and Apache can do so with modules only that do not come with them.
    private static final List<ReverseProxy.Program> LIMITING =
            List.of(ReverseProxy.Program.NGINX, ReverseProxy.Program.HAPROXY);

    // For all tests in which the nodes stay.
    @SuppressWarnings("NullAway.Init")
    private static TestNode node;

    /** All proxies that are installed, in front of the same nodes. */
    private static final class Proxies implements AutoCloseable {
        private final List<ReverseProxy> all;

        private Proxies(List<Integer> nodes) {
            this(nodes, UnaryOperator.identity());
        }

        private Proxies(List<Integer> nodes, UnaryOperator<String> change) {
            all = ReverseProxy.startAll(nodes, change);
        }

        @Override
        public void close() {
            all.forEach(ReverseProxy::close);
        }
    }

    private static NodeSetup setup(int port) {
        return NodeSetup.of(Slots.config(100)).env("SSE_HTTP_PORT", Integer.toString(port));
    }

    /** A node in the place of both. */
    private static List<Integer> twice(TestNode node) {
        int port = node.uri("/").getPort();
        return List.of(port, port);
    }

    @BeforeAll
    static void startNode() {
        node = TestNode.standalone(setup(0));
    }

    @AfterAll
    static void stopNode() {
        node.close();
    }

    @Test
    void aRollingRestart_losesNothingAndStopsNoStream() {
        try (Slots slots = Slots.withPorts(2, Slots.config(4_000));
                Proxies proxies = new Proxies(slots.httpPorts());
                Passage passage = new Passage(proxies.all)) {
            for (int slot = 0; slot < slots.size(); slot++) {
                passage.flow();
                slots.stop(slot);
                passage.flow();
                slots.fill(slot);
                slots.awaitSafe();
            }
            passage.flow();
            passage.end();
            assertThat(passage.flaws()).isEmpty();
            assertThat(passage.opened()).allMatch(opened -> opened > STREAMS);
        }
    }

    /** Publishers and subscribers of the same channels, some through each proxy. */
    private static final class Passage implements AutoCloseable {
        private final Ledger ledger = new Ledger(CHANNELS);
        private final List<ReverseProxy> proxies;
        private final List<Audience> audiences = new ArrayList<>();
        private final List<Publisher> publishers = new ArrayList<>();

        private Passage(List<ReverseProxy> proxies) {
            this.proxies = proxies;
            for (ReverseProxy proxy : proxies) {
                Audience audience = new Audience(ledger, proxy::uri);
                audience.add(STREAMS, CHANNELS, BACK_AFTER);
                audiences.add(audience);
            }
            audiences.forEach(Audience::awaitOpen);
            proxies.forEach(
                    proxy -> publishers.add(new Publisher(publishers.size(), CHANNELS, ledger, proxy::uri, PACE)));
        }

        /** Goes on for a while, and until events are acknowledged. */
        private void flow() {
            int before = ledger.acknowledged();
            Pause.of(Duration.ofMillis(500));
            Eventually.holds("events to flow", PATIENCE, () -> ledger.acknowledged() > before);
        }

        private void end() {
            publishers.forEach(Publisher::close);
            audiences.forEach(audience -> audience.awaitComplete(PATIENCE));
            Bound.say(
                    "ProxyIT: %d events acknowledged, streams opened through %s: %s of %d",
                    ledger.acknowledged(), proxies, opened(), STREAMS);
        }

        private List<Integer> opened() {
            return audiences.stream().map(Audience::opened).toList();
        }

        private List<String> flaws() {
            List<String> flaws = new ArrayList<>();
            for (int i = 0; i < proxies.size(); i++) {
                ReverseProxy proxy = proxies.get(i);
                audiences.get(i).flaws().forEach(flaw -> flaws.add(proxy + ": " + flaw));
                flaws.add(publishers.get(i).failure());
            }
            flaws.add(ledger.renumbered());
            flaws.removeIf(String::isEmpty);
            return flaws;
        }

        @Override
        public void close() {
            audiences.forEach(Audience::close);
            publishers.forEach(Publisher::close);
        }
    }

    @Test
    void whereNoNodeAnswers_streamsAreToldToComeAgain_andOtherRequestsAreRefused() {
        List<Integer> ports =
                IntStream.range(0, 2).mapToObj(any -> FreePorts.range(1)).toList();
        try (Proxies proxies = new Proxies(ports)) {
            for (ReverseProxy proxy : proxies.all) {
                for (String path : List.of("/stream?channel=public.a", "/stream/public.a")) {
                    assertComesAgain(proxy, path);
                }
                assertThat(proxy.post("/publish/public.a", "hello"))
                        .as("status of %s", proxy)
                        .isEqualTo(503);
                assertThat(proxy.post("/streams", "hello"))
                        .as("status of %s", proxy)
                        .isEqualTo(503);
            }

            List<ResumingSubscriber> subscribers = proxies.all.stream()
                    .map(proxy -> new ResumingSubscriber(() -> proxy.uri("/stream/public.a"), event -> {}, BACK_AFTER))
                    .toList();
            try (TestNode late = TestNode.standalone(setup(ports.get(1)))) {
                assertThat(late.isReady()).isTrue();
                Eventually.holds(
                        "all streams: " + subscribers,
                        PATIENCE,
                        () -> subscribers.stream().allMatch(each -> each.opened() > 0));
            }
            assertThat(subscribers).allMatch(each -> each.findings().isEmpty());
            subscribers.forEach(ResumingSubscriber::close);
        }
    }

    private static void assertComesAgain(ReverseProxy proxy, String path) {
        Map<String, String> headers = Map.of("Origin", "https://elsewhere.example", "Last-Event-ID", "AbW6zrD5A4hJyg");
        try (EventStreamReader reader = EventStreamReader.open(proxy.uri(path), headers)) {
            reader.awaitEnd(PATIENCE);
            assertThat(reader.status()).as("status of %s", proxy).isEqualTo(200);
            assertThat(reader.headers())
                    .as("headers of %s", proxy)
                    .containsEntry("content-type", "text/event-stream")
                    .containsEntry("access-control-allow-origin", "https://elsewhere.example")
                    .containsEntry("access-control-allow-credentials", "true");
            assertToComeAgain(proxy, reader);
            assertThat(reader.lastEventId()).isEqualTo("AbW6zrD5A4hJyg");
        }
    }

    private static void assertToComeAgain(ReverseProxy proxy, EventStreamReader reader) {
        assertThat(reader.events("stream-error"))
                .as("events of %s", proxy)
                .extracting(ReceivedEvent::json)
                .extracting(error -> error.getString("reason"), error -> error.getBoolean("reconnect"))
                .containsExactly(tuple("unavailable", true));
        assertThat(reader.retries()).as("retry of %s", proxy).hasSize(1).allMatch(retry -> retry >= 2_000);
        assertThat(reader.findings()).as("findings of %s", proxy).isEmpty();
    }

    @Test
    void whileOneNodeIsAway_theOtherServes_beforeTheProxyHasNoticed() {
        List<Integer> oneIsAway = List.of(FreePorts.range(1), node.uri("/").getPort());
        try (Proxies proxies = new Proxies(oneIsAway, ProxyIT::unaware)) {
            proxies.all.forEach(ProxyIT::assertServes);
        }
    }

    /** Removes the health checks: the first one would notice the node. */
    private static String unaware(String configuration) {
        return configuration
                .replace("check inter 1s", "inter 1s")
                .replaceAll(" track streams/node\\d", "")
                .replace("health_uri /health/ready\n", "")
                .replace("health_interval 1s\n", "");
    }

    // The streams stay open: the node that is away is the one with the fewest connections.
    private static void assertServes(ReverseProxy proxy) {
        List<EventStreamReader> readers = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            EventStreamReader reader = EventStreamReader.open(proxy.uri("/stream/public.a"));
            readers.add(reader);
            assertThat(reader.next(PATIENCE).type()).as("event of %s", proxy).isEqualTo("stream-open");
            // Some versions of Caddy do not send the body to another node when one has refused the connection.
            if (proxy.program() != ReverseProxy.Program.CADDY) {
                assertThat(proxy.post("/publish/public.a", "hello"))
                        .as("status of %s", proxy)
                        .isEqualTo(201);
            }
        }
        readers.forEach(EventStreamReader::close);
    }

    // HAProxy holds each event back for 200 ms unless it is told not to. The fastest one counts: a busy machine delays
    // some.
    @Test
    void eventsComeAtOnce() {
        try (Proxies proxies = new Proxies(twice(node))) {
            for (ReverseProxy proxy : proxies.all) {
                try (EventStreamReader reader = EventStreamReader.open(proxy.uri("/stream/public.fast"))) {
                    reader.await("stream-open");
                    Duration fastest = Duration.ofDays(1);
                    for (int i = 0; i < 10; i++) {
                        long begun = System.nanoTime();
                        assertThat(node.post("/publish/public.fast", "{\"data\": 1}")
                                        .statusCode())
                                .isEqualTo(201);
                        reader.await("message");
                        Duration taken = Duration.ofNanos(System.nanoTime() - begun);
                        fastest = taken.compareTo(fastest) < 0 ? taken : fastest;
                    }
                    assertThat(fastest).as("fastest event through %s", proxy).isLessThan(Duration.ofMillis(100));
                }
            }
        }
    }

    @Test
    void pagesOfTheProxysOrigin_mayPublish_andOthersNot() {
        try (Proxies proxies = new Proxies(twice(node))) {
            for (ReverseProxy proxy : proxies.all) {
                String path = "/publish/public.a";
                assertThat(proxy.post(path, "hello", "Origin", proxy.origin(), "Sec-Fetch-Site", "same-origin"))
                        .as("status of %s", proxy)
                        .isEqualTo(201);
                // Browsers send Sec-Fetch-Site over TLS only.
                assertThat(proxy.post(path, "hello", "Origin", proxy.origin()))
                        .as("status of %s", proxy)
                        .isEqualTo(201);
                assertThat(proxy.post(path, "hello", "Origin", "http://127.0.0.1:9"))
                        .as("status of %s", proxy)
                        .isEqualTo(403);
            }
        }
    }

    @Test
    void anyNameOfAChannel_goesThrough() {
        try (Proxies proxies = new Proxies(twice(node))) {
            for (ReverseProxy proxy : proxies.all) {
                String channel = "public.a%2Fb%20%C3%BC%3F";
                try (EventStreamReader reader = EventStreamReader.open(proxy.uri("/stream/" + channel))) {
                    assertThat(reader.await("stream-open").json().getJsonArray("channels"))
                            .as("channels through %s", proxy)
                            .containsExactly("public.a/b ü?");
                    assertThat(proxy.post("/publish/" + channel, "hello"))
                            .as("status of %s", proxy)
                            .isEqualTo(201);
                    assertThat(reader.await("message").data()).isEqualTo("hello");
                }
            }
        }
    }

    @Test
    void aQuietStream_staysOpenLongerThanTheTimeoutsOfTheProxy() {
        try (TestNode lively = TestNode.standalone(setup(0).env("SSE_STREAM_HEARTBEAT", "250ms"));
                Proxies proxies = new Proxies(twice(lively), ProxyIT::impatient)) {
            List<EventStreamReader> readers = proxies.all.stream()
                    .map(proxy -> EventStreamReader.open(proxy.uri("/stream/public.a")))
                    .toList();
            readers.forEach(reader -> reader.awaitComments(10, PATIENCE));
            readers.forEach(EventStreamReader::close);
        }
    }

    /** Time-outs of 2 s in place of 60. */
    private static String impatient(String configuration) {
        return configuration.replace(" 60s", " 2s").replace("ProxyTimeout 60", "ProxyTimeout 2");
    }

    @Test
    void anAddressWithTooManyConnections_isToldToComeAgain() {
        try (Proxies proxies = new Proxies(twice(node))) {
            for (ReverseProxy proxy : proxies.all) {
                if (LIMITING.contains(proxy.program())) {
                    assertConnectionsAreLimited(proxy);
                }
            }
        }
    }

    @Test
    void aClientOfATrustedProxy_hasItsOwnAddress_andCannotForgeIt() throws IOException {
        NodeSetup setup =
                setup(0).env("SSE_HTTP_TRUSTED_PROXIES", "[\"127.0.0.1\"]").env("SSE_LIMITS_SUBSCRIBERS_PER_IP", "1");
        try (TestNode trusting = TestNode.standalone(setup);
                Proxies proxies = new Proxies(twice(trusting))) {
            int last = 10;
            for (ReverseProxy proxy : proxies.all) {
                InetAddress client = InetAddress.getByName("127.0.0." + last++);
                InetAddress other = InetAddress.getByName("127.0.0." + last++);
                // Again if the proxy, or the end of the streams before, was late. A client that can forge its address
                // never gets these answers.
                Eventually.see(
                        "the answers through " + proxy,
                        PATIENCE,
                        () -> answers(proxy, client, other),
                        List.of(200, 429, 429, 200)::equals);
            }
        }
    }

    /** Opens a stream of a client, two more that claim to come from elsewhere, and one of another client. */
    private static List<Integer> answers(ReverseProxy proxy, InetAddress client, InetAddress other) {
        try (RawConnection first = stream(proxy, client, "X-Forwarded-For: 203.0.113.1")) {
            int before = first.status();
            try (RawConnection second = stream(proxy, client, "X-Forwarded-For: 203.0.113.2");
                    RawConnection third = stream(proxy, client, "Forwarded: for=203.0.113.3;proto=https");
                    RawConnection fourth = stream(proxy, other, "X-Forwarded-For: 203.0.113.1")) {
                return List.of(before, second.status(), third.status(), fourth.status());
            }
        }
    }

    private static RawConnection stream(ReverseProxy proxy, InetAddress client, String header) {
        URI target = proxy.uri("/stream/public.a");
        return RawConnection.open(target.getPort(), client)
                .send("GET %s HTTP/1.1\r\nHost: %s\r\n%s\r\n\r\n"
                        .formatted(target.getPath(), target.getAuthority(), header));
    }

    private static void assertConnectionsAreLimited(ReverseProxy proxy) {
        List<EventStreamReader> readers = IntStream.range(0, CONNECTIONS_PER_ADDRESS)
                .mapToObj(any -> EventStreamReader.open(proxy.uri("/stream/public.a")))
                .collect(Collectors.toList());
        readers.forEach(reader -> reader.await("stream-open"));
        try (EventStreamReader refused = EventStreamReader.open(proxy.uri("/stream/public.a"))) {
            refused.awaitEnd(PATIENCE);
            assertToComeAgain(proxy, refused);
        }
        assertThat(proxy.post("/publish/public.a", "hello"))
                .as("status of %s", proxy)
                .isEqualTo(429);
        readers.forEach(EventStreamReader::close);
    }
}
