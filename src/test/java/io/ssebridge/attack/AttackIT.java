package io.ssebridge.attack;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.fault.Memory;
import io.ssebridge.testing.BusRegistrations;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.HdrHistogram.Histogram;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Two nodes are attacked in every way at once; the honest clients notice nothing, and nothing of it is left afterwards. */
@Timeout(1_800)
class AttackIT {
    private static final Duration TIME = Duration.ofSeconds(Bounds.of("seconds", 25));
    // For memory that a node takes once and keeps: compiled code, threads, buffers.
    private static final Duration WARM_UP = Duration.ofSeconds(Bounds.of("warmUpSeconds", 5));
    private static final Duration SETTLED = Duration.ofSeconds(Bounds.isLong() ? 150 : 60);
    private static final long MOST_LATENCY_MILLIS = Bounds.isLong() ? 1_000 : 5_000;
    private static final long MOST_KILOBYTES = 24 << 10;
    private static final int MOST_THREADS = 24;
    private static final int MOST_DESCRIPTORS = 16;
    private static final int MOST_LINES_PER_MINUTE = 100;
    private static final int DEDUP_MEBIBYTES = 2;
    // A key takes at least as much, in every case.
    private static final int LEAST_BYTES_OF_A_KEY = 32;
    private static final int STREAMS_PER_NODE = Honest.streamsPerNode() + 1;
    private static final int CHANNELS = Honest.CHANNELS + 1;
    private static final int TOLD = 10;
    // The exit status of a JVM that was ended by this signal.
    private static final int SIGTERM = 143;

    private static final String CONFIG = """
            http: {host: 127.0.0.1, headTimeout: 3s}
            %s
            stream: {retry: 100ms, stalledTimeout: 15s}
            shutdown: {drain: 1s}
            limits: {subscribers: 1000, channels: 500, stalledBytes: 16MiB, dedupBytes: %dMiB}
            channels:
              - {channel: "sse", subscribe: public}
              - {channel: "public.{name}", subscribe: public, history: {size: 2000, ttl: 10m}}
              - {channel: "guest.{name}", subscribe: public, publish: public, history: {size: 50, ttl: 2s}}
              - {channel: "live.{name}", subscribe: public, history: none}
              - {channel: "open.{name}", subscribe: public, history: {size: 100, ttl: 2s}}
              - {channel: "hostile.{name}", subscribe: public, history: {size: 64, ttl: 2s}}
              - {channel: "big.{name}", subscribe: public, history: {size: %d, ttl: 10s}}
              - {channel: "{tenant}.{topic}", subscribe: public, history: {size: 100, ttl: 2s}}
            """;

    private final List<Attack> attacks = List.of(
            new AbortedStreams(),
            new ForgedIds(),
            new NewNames(),
            new ReservedNames(),
            new KeyFlood(),
            new EventArrays(),
            new OddJson(),
            new TokenFlood(),
            new StalledReaders(),
            new FullReplays(),
            new PipelinedRequests(),
            new BrokenRequests());

    private final SoftAssertions findings = new SoftAssertions();

    @Test
    void attacks_hurtNoOtherClientAndLeaveNothing() {
        long seed = Bounds.seed();
        try (TestCluster cluster = new TestCluster()) {
            // Each node believes tokens of its own, so that both ways to check them are struck.
            List<Victim> victims =
                    List.of(start(cluster, Signer.hmac(NodeSetup.SECRET)), start(cluster, Signer.ellipticCurve()));
            List<TestNode> nodes = victims.stream().map(Victim::node).toList();
            // Keeps a channel without a history in use, which would be remembered for a minute after the last attack on
            // it.
            try (EventStreamReader kept = nodes.get(0).stream("/stream/live.kept");
                    EventStreamReader alsoKept = nodes.get(1).stream("/stream/live.kept");
                    BusRegistrations registrations =
                            BusRegistrations.open(cluster.clusterConfig()).awaitNodes(2);
                    Honest honest = new Honest(victims)) {
                attack(seed, victims, registrations, honest);
                findings.assertThat(List.of(kept, alsoKept))
                        .extracting(EventStreamReader::isEnded)
                        .as("ends of streams without a history")
                        .containsOnly(false);
                stillServes(nodes);
                toldWhenItStops(nodes.get(1));
            } finally {
                if (Bounds.isOutputWanted()) {
                    nodes.forEach(node -> node.process().output().forEach(System.out::println));
                }
            }
        }
        findings.assertAll();
    }

    private static Victim start(TestCluster cluster, Signer signer) {
        NodeSetup setup = NodeSetup.of(CONFIG.formatted(signer.configuration(), DEDUP_MEBIBYTES, FullReplays.HISTORY))
                .jvm("-Xmx256m")
                .jvm("-XX:MaxDirectMemorySize=96m")
                .jvm(Memory.COUNTED);
        return new Victim(cluster.start(Bounds.isLong() ? setup.jvm("-XX:TieredStopAtLevel=4") : setup), signer);
    }

    private void attack(long seed, List<Victim> victims, BusRegistrations registrations, Honest honest) {
        List<NodeWatch> watches =
                victims.stream().map(victim -> new NodeWatch(victim.node())).toList();
        State normal = Eventually.see(
                "all honest channels",
                SETTLED,
                () -> State.of(registrations),
                state -> state.channels.size() == CHANNELS + 1 && state.rings.size() == Honest.CHANNELS);
        new Raid(victims, attacks, seed + 1).run(WARM_UP);
        settle("the warm-up", registrations, normal, watches);
        List<Memory> memory = watches.stream().map(NodeWatch::memory).toList();
        List<Integer> threads = watches.stream().map(NodeWatch::threads).toList();
        List<Integer> descriptors = watches.stream().map(NodeWatch::descriptors).toList();
        List<Integer> lines = watches.stream().map(NodeWatch::lines).toList();
        List<Duration> cpu = watches.stream().map(NodeWatch::cpu).toList();
        Duration own = ownCpu();

        honest.beginToCount();
        Raid raid = new Raid(victims, attacks, seed);
        long begun = System.nanoTime();
        Guests guests = new Guests(victims.stream().map(Victim::node).toList());
        try (guests) {
            raid.run(TIME);
        }
        double seconds = (System.nanoTime() - begun) / 1e9;
        for (int i = 0; i < watches.size(); i++) {
            Bounds.say(
                    "node %d: %.0f %% of a processor, %d lines logged",
                    i + 1,
                    watches.get(i).cpu().minus(cpu.get(i)).toMillis() / seconds / 10,
                    watches.get(i).lines() - lines.get(i));
        }
        Bounds.say(
                "attackers and honest clients: %.0f %% of a processor",
                ownCpu().minus(own).toMillis() / seconds / 10);
        Bounds.say("attack     strikes  answers");
        raid.table().forEach(line -> Bounds.say("%s", line));
        honest.finish();
        Histogram latencies = honest.latencies();
        Bounds.say("honest: %s", honest);
        Bounds.say(
                "latency: p50 %d ms, p99 %d ms, at most %d ms; %d events came",
                latencies.getValueAtPercentile(50) / 1_000,
                latencies.getValueAtPercentile(99) / 1_000,
                latencies.getMaxValue() / 1_000,
                latencies.getTotalCount());
        Bounds.say(
                "guests: %d, p50 %d ms, p99 %d ms, at most %d ms",
                guests.visits().getTotalCount(),
                guests.visits().getValueAtPercentile(50),
                guests.visits().getValueAtPercentile(99),
                guests.visits().getMaxValue());
        findings.assertThat(honest.flaws()).as("flaws of honest streams").isEmpty();
        findings.assertThat(guests.flaws()).as("flaws of guests").isEmpty();
        findings.assertThat(raid.wrongs()).as("wrong answers").isEmpty();
        findings.assertThat(latencies.getValueAtPercentile(99) / 1_000)
                .as("latency p99 in ms")
                .isLessThan(MOST_LATENCY_MILLIS);

        settle("the attack", registrations, normal, watches);
        findings.assertThat(registrations.keys())
                .as("keys remembered")
                .isLessThan((DEDUP_MEBIBYTES << 20) / LEAST_BYTES_OF_A_KEY);
        for (int i = 0; i < watches.size(); i++) {
            String node = "node " + (i + 1);
            NodeWatch watch = watches.get(i);
            findings.assertThat(watch.isAlive()).as("%s is alive", node).isTrue();
            Memory now = watch.memory();
            Bounds.say("%s: before %s", node, memory.get(i));
            Bounds.say("%s: after  %s", node, now);
            findings.assertThat(now.heapKilobytes())
                    .as("%s: heap", node)
                    .isLessThan(memory.get(i).heapKilobytes() + MOST_KILOBYTES);
            findings.assertThat(now.outsideKilobytes())
                    .as("%s: memory outside the heap", node)
                    .isLessThan(memory.get(i).outsideKilobytes() + MOST_KILOBYTES);
            int mostThreads = threads.get(i) + MOST_THREADS;
            int mostDescriptors = descriptors.get(i) + MOST_DESCRIPTORS;
            Eventually.within(SETTLED, () -> watch.threads() <= mostThreads && watch.descriptors() <= mostDescriptors);
            findings.assertThat(watch.threads()).as("%s: threads", node).isLessThanOrEqualTo(mostThreads);
            findings.assertThat(watch.descriptors()).as("%s: descriptors", node).isLessThanOrEqualTo(mostDescriptors);
            Bounds.say("%s: %s", node, watch.metrics());
            watch.warnings().forEach(line -> Bounds.say("%s: %s", node, line));
            findings.assertThat(watch.complaints())
                    .as("%s: errors and stack traces in the log", node)
                    .isEmpty();
            findings.assertThat(watch.lines() - lines.get(i))
                    .as("%s: lines in the log", node)
                    .isLessThan((int) (MOST_LINES_PER_MINUTE * Math.max(1, seconds / 60)));
        }
    }

    private static Duration ownCpu() {
        return ProcessHandle.current().info().totalCpuDuration().orElse(Duration.ZERO);
    }

    /** The contents of the cluster's maps. */
    private record State(Set<String> channels, Set<String> rings, Map<String, List<String>> consumers) {
        static State of(BusRegistrations registrations) {
            return new State(registrations.channelsInUse(), registrations.rings(), registrations.all());
        }
    }

    /** Waits until the cluster's maps are as before, and the nodes have the honest streams only. */
    private void settle(String what, BusRegistrations registrations, State normal, List<NodeWatch> watches) {
        long begun = System.nanoTime();
        AtomicReference<State> last = new AtomicReference<>(normal);
        AtomicReference<List<Map<String, Integer>>> alive = new AtomicReference<>(List.of());
        boolean settled = Eventually.within(SETTLED, () -> {
            Pause.of(Duration.ofMillis(500));
            last.set(State.of(registrations));
            if (!last.get().equals(normal)
                    || watches.stream().anyMatch(watch -> watch.subscribers() != STREAMS_PER_NODE)) {
                return false;
            }
            alive.set(watches.stream().map(NodeWatch::alive).toList());
            return isHonest(alive.get());
        });
        Bounds.say(
                "%s %s after %d ms: %s streams, alive %s, %d channels, %d rings, %d addresses, %d keys",
                what,
                settled ? "is over" : "IS NOT OVER",
                (System.nanoTime() - begun) / 1_000_000,
                watches.stream().map(NodeWatch::subscribers).toList(),
                alive.get(),
                last.get().channels.size(),
                last.get().rings.size(),
                last.get().consumers.size(),
                registrations.keys());
        findings.assertThat(few(last.get().channels, normal.channels))
                .as("channels left by " + what)
                .isEmpty();
        findings.assertThat(few(last.get().rings, normal.rings))
                .as("ringbuffers left by " + what)
                .isEmpty();
        findings.assertThat(few(last.get().consumers.entrySet(), normal.consumers.entrySet()))
                .as("consumers left by " + what)
                .isEmpty();
        List<Map<String, Integer>> now = watches.stream().map(NodeWatch::alive).toList();
        findings.assertThat(watches)
                .extracting(NodeWatch::subscribers)
                .as("streams open after " + what)
                .containsOnly(STREAMS_PER_NODE);
        findings.assertThat(isHonest(now)).as("left by %s: %s", what, now).isTrue();
    }

    /** Some of those that are in one set only, with how many there are. */
    private static List<String> few(Set<?> some, Set<?> others) {
        List<String> differences = new ArrayList<>();
        some.stream().filter(one -> !others.contains(one)).forEach(one -> differences.add("more: " + one));
        others.stream().filter(one -> !some.contains(one)).forEach(one -> differences.add("missing: " + one));
        return differences.size() <= 5
                ? differences
                : List.of(differences.size() + " such as " + differences.subList(0, 5));
    }

    private static boolean isHonest(List<Map<String, Integer>> alive) {
        return alive.stream()
                        .allMatch(node -> node.getOrDefault("Subscriber", 0) == STREAMS_PER_NODE
                                && node.getOrDefault("Hub", 0) <= CHANNELS)
                // And the default channel: its address is consumed from the start.
                && alive.stream()
                                .mapToInt(node -> node.getOrDefault("LedChannel", 0))
                                .sum()
                        <= CHANNELS + 1;
    }

    private void stillServes(List<TestNode> nodes) {
        Guests guests = new Guests(nodes);
        try (guests) {
            Pause.of(Duration.ofSeconds(2));
        }
        findings.assertThat(guests.flaws()).as("flaws of guests afterwards").isEmpty();
    }

    /** A node that lost its count or list of streams would end without a word to them. */
    private void toldWhenItStops(TestNode node) {
        List<EventStreamReader> readers = new ArrayList<>();
        try {
            for (int i = 0; i < TOLD; i++) {
                EventStreamReader reader = node.stream("/stream/guest.last");
                readers.add(reader);
                reader.await("stream-open");
            }
            int status = node.stop();
            findings.assertThat(status).as("exit status").isIn(0, SIGTERM);
            for (EventStreamReader reader : readers) {
                assertThat(reader.await("stream-error").data()).contains("draining");
            }
        } catch (AssertionError e) {
            findings.fail("streams of a node that stops: " + e.getMessage(), e);
        } finally {
            readers.forEach(EventStreamReader::close);
        }
    }
}
