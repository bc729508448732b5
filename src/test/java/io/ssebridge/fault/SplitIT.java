package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.CuttingProxy;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.SplitNetwork;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The network between two nodes is cut for longer than they wait for each other, and joined again: both halves go on, become one by
 * themselves, and each subscriber with a lost event is told.
 */
@Timeout(900)
class SplitIT {
    private static final int CHANNELS = 5;
    private static final int SUBSCRIBERS_PER_SIDE = Bound.of("split.subscribers", 10);
    private static final int CUTS = Bound.of("split.cuts", 1);
    // It has no subscribers.
    private static final String KEYED = "public.keyed";
    private static final int PUBLISHERS_PER_SIDE = 2;
    private static final Duration PACE = Duration.ofMillis(40);
    private static final int MOST_BYTES = 50_000;
    private static final Duration SPLIT = Duration.ofSeconds(30);
    private static final Duration MERGED = Duration.ofSeconds(60);
    // Counted from when the nodes know of each other again; they register their addresses again for 10 s.
    private static final Duration FLOWS_AGAIN = Duration.ofSeconds(20);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static final String CONFIG = """
            http: {host: 0.0.0.0}
            auth: {jwt: {secret: "%s"}}
            stream: {retry: 100ms}
            shutdown: {drain: 500ms}
            channels:
              - {channel: "plain", subscribe: public}
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 10000, ttl: 10m}}
            """.formatted(NodeSetup.SECRET);

    private final Ledger ledger = new Ledger(CHANNELS);
    private final List<AutoCloseable> open = new ArrayList<>();
    private final List<Audience> ownSide = new ArrayList<>();
    private final List<Publisher> publishers = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private List<TestNode> nodes = List.of();
    private List<PlainServiceProcess> services = List.of();

    @BeforeEach
    void needNamespaces() {
        SplitNetwork.require();
    }

    @AfterEach
    void close() throws Exception {
        if (Boolean.getBoolean("faults.output")) {
            nodes.forEach(node -> node.process().output().forEach(System.out::println));
            services.forEach(service -> service.process().output().forEach(System.out::println));
        }
        for (int i = open.size() - 1; i >= 0; i--) {
            open.get(i).close();
        }
    }

    @Test
    void aSplitNetwork_healsByItself_andClientsLearnOfEveryLoss() {
        SplitNetwork network = closing(new SplitNetwork(Bound.timeouts()));
        nodes = network.startNodes(NodeSetup.of(CONFIG).severalShardLoops().jvm("-Xmx256m"));
        services = network.startPlainServices();
        CuttingProxy proxy = closing(new CuttingProxy(
                () -> nodes.get(turn.getAndIncrement() % 2).uri("/"), Bound.seed("SplitIT"), MOST_BYTES));
        for (TestNode node : nodes) {
            ownSide.add(audience(SUBSCRIBERS_PER_SIDE, node::uri));
        }
        // Comes back to one side or the other, on both sides of the split.
        Audience roaming = audience(SUBSCRIBERS_PER_SIDE, proxy::uri);
        startPublishers();
        flow();

        for (int i = 0; i < CUTS; i++) {
            splitAndHeal(network, "cut " + i);
        }

        proxy.calm();
        publishers.forEach(Publisher::close);
        List<Ledger.Account> accounts = Stream.concat(ownSide.stream(), Stream.of(roaming))
                .flatMap(audience -> audience.accounts().stream())
                .toList();
        Survivors left = Survivors.read(nodes.get(0), CHANNELS);
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline
                && accounts.stream().anyMatch(each -> !left.strays(each).isEmpty())) {
            Pause.of(Duration.ofMillis(100));
        }
        Bound.say(
                "SplitIT: %d events acknowledged, %s left, %d connections cut, resets: %d and %d on the sides, %d between",
                ledger.acknowledged(),
                left,
                proxy.cuts(),
                ownSide.get(0).resets(),
                ownSide.get(1).resets(),
                roaming.resets());
        assertThat(Survivors.read(nodes.get(1), CHANNELS)).hasToString(left.toString());
        assertThat(accounts.stream().flatMap(each -> left.strays(each).stream()))
                .isEmpty();
        assertThat(Stream.concat(ownSide.stream(), Stream.of(roaming))
                        .flatMap(audience -> audience.subscribers().stream())
                        .flatMap(each -> each.findings().stream()))
                .isEmpty();
        assertThat(publishers).extracting(Publisher::failure).containsOnly("");
    }

    private void splitAndHeal(SplitNetwork network, String cut) {
        publishKeyed(0, List.of(cut + " before"));
        // Each half takes along a copy of everything, once there is one.
        Eventually.holds("a safe cluster", PATIENCE, services.get(0)::isClusterSafe);
        Map<Integer, Set<Integer>> acknowledged = ledger.acknowledgedByNow();
        // Without the loss of an earlier split.
        Map<Integer, Set<Integer>> before =
                Survivors.read(nodes.get(0), CHANNELS).of(acknowledged);
        List<Integer> lines = lines();
        network.cut();
        awaitLine(lines, "1 nodes ready, 2 members in the cluster", SPLIT);
        // Both halves serve, each for itself.
        for (int side = 0; side < 2; side++) {
            reach(side, List.of(side), PATIENCE);
            consumed(side, PATIENCE);
            publishKeyed(side, List.of(cut + " before", cut + " on both", cut + " on " + side));
        }
        lines = lines();
        network.heal();
        long healed = System.nanoTime();
        awaitLine(lines, "2 nodes ready, 4 members in the cluster", MERGED);
        long merged = System.nanoTime();
        for (int side = 0; side < 2; side++) {
            reach(side, List.of(0, 1), FLOWS_AGAIN);
            consumed(side, FLOWS_AGAIN);
            // Known, or forgotten together with the event: never answered as kept and in no history.
            publishKeyed(side, List.of(cut + " before", cut + " on both", cut + " on 0", cut + " on 1"));
        }
        Bound.say(
                "SplitIT: one cluster %d ms after the network, everything reaches everybody %d ms after that",
                (merged - healed) / 1_000_000, (System.nanoTime() - merged) / 1_000_000);
        Map<Integer, Set<Integer>> atHealing = ledger.acknowledgedByNow();
        flow();
        Map<Integer, Set<Integer>> after = ledger.acknowledgedByNow();
        after.replaceAll((channel, codes) -> {
            Set<Integer> since = new HashSet<>(codes);
            since.removeAll(atHealing.getOrDefault(channel, Set.of()));
            return since;
        });
        Survivors left = Survivors.read(nodes.get(0), CHANNELS);
        Bound.say("SplitIT: %d of the events that one half acknowledged alone are gone", left.missing(atHealing));
        assertThat(left.missing(before))
                .as("acknowledged before the split, and gone")
                .isZero();
        assertThat(left.missing(after))
                .as("acknowledged after the merge, and gone")
                .isZero();
    }

    private <T extends AutoCloseable> T closing(T resource) {
        open.add(resource);
        return resource;
    }

    private Audience audience(int count, Function<String, URI> next) {
        Audience audience = closing(new Audience(ledger, next));
        audience.add(count, CHANNELS, Duration.ofMillis(100));
        audience.awaitOpen();
        return audience;
    }

    private void startPublishers() {
        for (TestNode node : nodes) {
            for (int i = 0; i < PUBLISHERS_PER_SIDE; i++) {
                publishers.add(closing(new Publisher(ledger.nextPublisher(), CHANNELS, ledger, node::uri, PACE)));
            }
        }
    }

    /** All go on for a while. */
    private void flow() {
        int before = ledger.acknowledged();
        Pause.of(Duration.ofSeconds(2));
        Eventually.holds("events to flow", PATIENCE, () -> ledger.acknowledged() > before);
    }

    private List<Integer> lines() {
        return nodes.stream().map(node -> node.process().lines()).toList();
    }

    private void awaitLine(List<Integer> known, String line, Duration patience) {
        for (int i = 0; i < nodes.size(); i++) {
            nodes.get(i).process().awaitLine(known.get(i), Pattern.compile(line), patience);
        }
    }

    /** An event of each channel, published on one side, reaches all that stayed on some. */
    private void reach(int from, List<Integer> to, Duration patience) {
        int publisher = ledger.nextPublisher();
        Publisher marker = closing(new Publisher(publisher, CHANNELS, ledger, nodes.get(from)::uri, Duration.ZERO));
        marker.most(CHANNELS).await(patience);
        assertThat(marker.failure()).isEmpty();
        for (int side : to) {
            Eventually.holds(
                    "events from side %d on side %d".formatted(from, side),
                    patience,
                    () -> ownSide.get(side).accounts().stream().allMatch(account -> hasAllOf(account, publisher)));
        }
    }

    /** Publishes events, each with a key that says the same: whether that is the first time or not, each is there once then. */
    private void publishKeyed(int side, List<String> events) {
        TestNode node = nodes.get(side);
        for (String event : events) {
            String body = new JsonObject().put("data", event).put("key", event).encode();
            Eventually.see(
                    "an answer to " + event,
                    PATIENCE,
                    () -> node.post("/publish/" + KEYED, body).statusCode(),
                    status -> status == 200 || status == 201);
        }
        List<String> kept = new JsonObject(
                        node.get("/history/" + KEYED + "?limit=1000").body())
                .getJsonArray("events").stream()
                        .map(event -> ((JsonObject) event).getString("data"))
                        .toList();
        assertThat(kept).as("history on side %d", side).containsAll(events).doesNotHaveDuplicates();
    }

    private static boolean hasAllOf(Ledger.Account account, int publisher) {
        return account.channels().stream()
                .allMatch(channel ->
                        account.sinceReset(channel).stream().anyMatch(code -> Ledger.publisher(code) == publisher));
    }

    /** A service that knows nothing of the bridge reaches the addresses that it consumes. */
    private void consumed(int side, Duration patience) {
        answers(side, "plain", "hello", Map.of(), patience);
        answers(side, "sse.publish", "hello", Map.of("channel", "plain"), patience);
        answers(side, "sse.history", new JsonObject().put("channel", "plain"), Map.of(), patience);
    }

    private void answers(int side, String address, Object body, Map<String, String> headers, Duration patience) {
        JsonObject request = new JsonObject()
                .put("op", "request")
                .put("address", address)
                .put("body", body)
                .put("headers", new JsonObject(Map.copyOf(headers)))
                .put("timeout", 2_000);
        Eventually.see(
                "an answer from %s on side %d".formatted(address, side),
                patience,
                () -> services.get(side).command(request),
                answer -> answer.containsKey("replies"));
    }
}
