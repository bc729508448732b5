package io.ssebridge.attack;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.FileSystemXmlConfig;
import io.ssebridge.fault.Memory;
import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestCertificate;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicBoolean;
import javax.net.ssl.SSLContext;
import org.assertj.core.api.SoftAssertions;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Very many malformed and hostile requests: each gets a clear answer or none, no subscriber loses an event, and nothing is left in memory
 * and in the log.
 */
@Timeout(600)
class HostileIT {
    private static final int REQUESTS = Bounds.of("requests", 8_000);
    private static final int TLS_REQUESTS = Bounds.of("tlsRequests", 4_000);
    private static final int MESSAGES = Bounds.of("messages", 1_500);
    private static final Duration SETTLED = Duration.ofSeconds(30);
    private static final int MOST_KILOBYTES = 24 << 10;
    private static final int MOST_LINES = 150;
    private static final int MOST_DESCRIPTORS = 40;
    private static final int HTTP2_STREAMS = 50;

    private static final String CONFIG = """
            http: {host: 127.0.0.1, headTimeout: 3s%s}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms, stalledTimeout: 15s}
            shutdown: {drain: 1s}
            limits: {subscribers: 1000, channels: 200, stalledBytes: 16MiB}
            channels:
              - {channel: "public.{name}", subscribe: public, history: {size: 5000, ttl: 10m}}
              - {channel: "hostile.{name}", subscribe: public, presence: members, history: {size: 64, ttl: 2s}}
              - {channel: "news.{name}", subscribe: public, history: {size: 20000, ttl: 10s}}
              - {channel: "shared.{name}", address: "shared", header: "name", subscribe: public}
            """;

    private final SoftAssertions findings = new SoftAssertions();
    private final long seed = Bounds.seed();

    private static NodeSetup setup(String tls) {
        return NodeSetup.of(CONFIG.formatted(tls, NodeSetup.SECRET))
                .jvm("-Xmx256m")
                .jvm("-XX:MaxDirectMemorySize=96m")
                .jvm(Memory.COUNTED);
    }

    @Test
    void hostileRequestsAndMessages_getNoServerError_andHurtNoSubscriber() throws IOException {
        try (TestCluster cluster = new TestCluster();
                TestNode node = cluster.start(setup(""));
                Sender sender = new Sender(cluster);
                EventStreamReader rights = node.stream("/stream/" + BusFuzz.CHANNEL)) {
            Victim victim = new Victim(node, Signer.hmac(NodeSetup.SECRET));
            try (Honest honest = new Honest(List.of(victim))) {
                attack(victim, honest, sender, rights);
            }
        }
        findings.assertAll();
    }

    private void attack(Victim victim, Honest honest, Sender sender, EventStreamReader rights) {
        NodeWatch watch = new NodeWatch(victim.node());
        HostileTraffic traffic = new HostileTraffic(victim, seed);
        int warmUp = REQUESTS / 5;
        traffic.run(0, warmUp);
        sender.fuzz(findings, seed, 0, MESSAGES / 5);
        State before = State.of(watch);
        long begun = System.nanoTime();
        traffic.run(warmUp, REQUESTS - warmUp);
        say("%d requests in %d ms", REQUESTS - warmUp, (System.nanoTime() - begun) / 1_000_000);
        traffic.answers().forEach((answer, count) -> Bounds.say("%s: %d", answer, count));
        sender.fuzz(findings, seed, MESSAGES / 5, MESSAGES * 4 / 5);
        sender.check(findings, rights);
        honest.finish();
        Bounds.say("honest: %s", honest);
        traffic.wrongs().forEach(wrong -> Bounds.say("%s", wrong));
        findings.assertThat(traffic.wrongs()).as("wrong answers").isEmpty();
        findings.assertThat(honest.flaws()).as("flaws of honest streams").isEmpty();
        findings.assertThat(honest.reopened())
                .as("honest streams that were cut")
                .isZero();
        compare(watch, before);
    }

    @Test
    void hostileConnectionsOverTls_hurtNoSubscriber(@TempDir Path directory) throws IOException, InterruptedException {
        TestCertificate certificate = TestCertificate.selfSigned("bridge");
        certificate.write(directory);
        String tls = ", tls: {cert: \"%s\", key: \"%s\"}"
                .formatted(directory.resolve("cert.pem"), directory.resolve("key.pem"));
        SSLContext trusted = certificate.trusted();
        try (TestNode node = TestNode.standaloneWithTls(setup(tls))) {
            int port = node.uri("/").getPort();
            Victim victim = new Victim(node, Signer.hmac(NodeSetup.SECRET));
            Http2Subscribers honest = new Http2Subscribers(port, trusted, victim.token("alice", "public.*"));
            NodeWatch watch = new NodeWatch(node);
            HostileTls traffic = new HostileTls(port, trusted, seed);
            int next = traffic.run(0, TLS_REQUESTS / 5);
            honest.publish(20);
            State before = State.of(watch);
            long begun = System.nanoTime();
            for (int i = 0; i < 10; i++) {
                next = traffic.run(next, TLS_REQUESTS * 4 / 50);
                honest.publish(20);
            }
            say("%d connections in %d ms", next, (System.nanoTime() - begun) / 1_000_000);
            traffic.counts().forEach((answer, count) -> Bounds.say("%s: %d", answer, count));
            findings.assertThat(traffic.wrongs()).as("wrong answers").isEmpty();
            findings.assertThat(traffic.counts()).as("renegotiations").doesNotContainKey("RENEGOTIATION accepted");
            honest.check(findings);
            compare(watch, before);
        }
        findings.assertAll();
    }

    private static void say(String format, int count, long millis) {
        Bounds.say("%s", format.formatted(count, millis));
    }

    /** What a node holds. */
    private record State(Memory memory, int threads, int descriptors, int subscribers, int lines) {
        static State of(NodeWatch watch) {
            return new State(watch.memory(), watch.threads(), watch.descriptors(), watch.subscribers(), watch.lines());
        }
    }

    private void compare(NodeWatch watch, State before) {
        boolean settled = Eventually.within(
                SETTLED,
                () -> watch.descriptors() <= before.descriptors() + MOST_DESCRIPTORS
                        && watch.subscribers() <= before.subscribers());
        State now = State.of(watch);
        Bounds.say("before: %s", before);
        Bounds.say("after:  %s", now);
        findings.assertThat(settled).as("connections and streams are gone").isTrue();
        findings.assertThat(now.memory().heapKilobytes() - before.memory().heapKilobytes())
                .as("growth of the heap in KB")
                .isLessThan(MOST_KILOBYTES);
        findings.assertThat(now.memory().outsideKilobytes() - before.memory().outsideKilobytes())
                .as("growth of the memory outside the heap in KB")
                .isLessThan(MOST_KILOBYTES);
        findings.assertThat(now.lines()).as("lines in the log").isLessThan(MOST_LINES);
        watch.warnings().forEach(line -> Bounds.say("%s", line));
        findings.assertThat(watch.complaints())
                // Vert.x says it of a message that it cannot decode, at most once a minute.
                .filteredOn(line -> !line.contains("ClusteredMessage: No message codec registered"))
                .as("errors and stack traces in the log")
                .isEmpty();
        findings.assertThat(watch.isAlive()).isTrue();
        if (Bounds.isOutputWanted()) {
            watch.output().forEach(System.out::println);
        }
    }

    /** A service of the cluster that sends wrong messages to all addresses of the node. */
    private static final class Sender implements AutoCloseable {
        private final Vertx vertx;
        private final List<String> addresses;
        private @Nullable BusFuzz fuzz;

        Sender(TestCluster cluster) throws IOException {
            try (BusRegistrations registrations =
                    BusRegistrations.open(cluster.clusterConfig()).awaitNodes(1)) {
                addresses = new ArrayList<>(registrations.addresses());
            }
            // Both are consumed from their first use on.
            addresses.addAll(List.of(BusFuzz.CHANNEL, "news.b"));
            // Clustered, so it is made by hand.
            vertx = Vertx.builder()
                    .withClusterManager(new HazelcastClusterManager(
                            new FileSystemXmlConfig(cluster.clusterConfig().toFile())))
                    .buildClustered()
                    .await();
        }

        void fuzz(SoftAssertions findings, long seed, int first, int count) {
            BusFuzz now = fuzz == null ? new BusFuzz(vertx, addresses, true, seed) : fuzz;
            fuzz = now;
            now.run(first, count);
            findings.assertThat(now.wrongs())
                    .as("wrong answers on the event bus")
                    .isEmpty();
        }

        void check(SoftAssertions findings, EventStreamReader reader) {
            List<String> rights = Objects.requireNonNull(fuzz).rights();
            reader.await(event -> event.data().equals(rights.get(rights.size() - 1)), SETTLED);
            findings.assertThat(reader.events("message").stream()
                            .map(ReceivedEvent::data)
                            .filter(data -> data.startsWith("right ")))
                    .containsExactlyElementsOf(rights);
        }

        @Override
        public void close() {
            vertx.close().await();
        }
    }

    /** Streams of one connection of HTTP/2 that must not be cut, and their events. */
    private static final class Http2Subscribers {
        private static final int CHANNELS = 5;

        private final HttpClient client;
        private final URI root;
        private final String token;
        private final List<Lines> streams = new ArrayList<>();
        private int published;

        Http2Subscribers(int port, SSLContext trusted, String token) throws IOException, InterruptedException {
            client = HttpClient.newBuilder()
                    .sslContext(trusted)
                    .version(HttpClient.Version.HTTP_2)
                    .build();
            root = URI.create("https://localhost:" + port);
            this.token = token;
            for (int i = 0; i < HTTP2_STREAMS; i++) {
                Lines lines = new Lines();
                streams.add(lines);
                var unused = client.sendAsync(
                        HttpRequest.newBuilder(root.resolve("/stream/public.tls" + i % CHANNELS))
                                .build(),
                        HttpResponse.BodyHandlers.fromLineSubscriber(lines));
            }
            Eventually.holds("all streams", SETTLED, () -> streams.stream().allMatch(Lines::isOpen));
        }

        void publish(int count) throws IOException, InterruptedException {
            for (int i = 0; i < count; i++) {
                int number = published++;
                for (int channel = 0; channel < CHANNELS; channel++) {
                    HttpResponse<String> answer = client.send(
                            HttpRequest.newBuilder(root.resolve("/publish/public.tls" + channel))
                                    .header("Content-Type", "text/plain")
                                    .header("Authorization", "Bearer " + token)
                                    .POST(HttpRequest.BodyPublishers.ofString(Integer.toString(number)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
                    assertThat(answer.statusCode()).isEqualTo(201);
                }
            }
        }

        void check(SoftAssertions findings) {
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < published; i++) {
                expected.add("data: " + i);
            }
            boolean complete = Eventually.within(
                    SETTLED, () -> streams.stream().allMatch(each -> each.data().size() >= published));
            findings.assertThat(complete)
                    .as("all events of the streams over HTTP/2")
                    .isTrue();
            for (Lines each : streams) {
                findings.assertThat(each.data()).isEqualTo(expected);
                findings.assertThat(each.ended.get()).isFalse();
            }
        }
    }

    /** The lines of a stream. */
    private static final class Lines implements Flow.Subscriber<String> {
        private final List<String> data = new CopyOnWriteArrayList<>();
        private final AtomicBoolean opened = new AtomicBoolean();
        private final AtomicBoolean ended = new AtomicBoolean();

        boolean isOpen() {
            return opened.get();
        }

        List<String> data() {
            return data;
        }

        @Override
        public void onSubscribe(Flow.Subscription subscription) {
            subscription.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(String line) {
            if (line.equals("event: stream-open")) {
                opened.set(true);
            } else if (line.startsWith("data: ") && Character.isDigit(line.charAt(6))) {
                data.add(line);
            }
        }

        @Override
        public void onError(Throwable thrown) {
            ended.set(true);
        }

        @Override
        public void onComplete() {
            ended.set(true);
        }
    }
}
