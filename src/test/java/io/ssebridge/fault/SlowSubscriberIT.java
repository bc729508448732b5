package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.bench.Bench;
import io.ssebridge.bench.Load;
import io.ssebridge.bench.Result;
import io.ssebridge.bench.Target;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Subscribers that never read cost the others nothing, and the node no memory. */
@Timeout(900)
class SlowSubscriberIT {
    private static final int SUBSCRIBERS = Bound.of("slow.subscribers", 200);
    private static final int STALLED = Bound.of("slow.stalled", 10);
    private static final int SECONDS = Bound.of("slow.seconds", 3);
    private static final int RATE = Bound.of("slow.rate", 600);
    // Subscribers that read must not fall out of it, however slow the machine; stalled ones must.
    private static final int HISTORY = Bound.of("slow.history", 1_000);
    private static final int PUBLISHERS = 32;
    // Small in number, so larger in size: more than a node keeps in memory for slow subscribers.
    private static final int EVENT_BYTES = Bound.of("slow.bytes", 800);
    private static final int RECEIVE_BUFFER = 4_096;
    private static final int READING_THREADS = 1;
    // Long enough for a slow machine: every event has to come.
    private static final Duration DRAIN = Duration.ofMinutes(3);
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Twice the memory that a node keeps per channel for slow subscribers: more than a tenth of a heap of a few MB.
    private static final long KEPT_KILOBYTES = 2_048;

    // A stalled stream is not cut while the test runs: the test measures its cost.
    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {stalledTimeout: 1h}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: %d, ttl: 1h}}
            """.formatted(NodeSetup.SECRET, HISTORY);

    @Test
    void subscribersThatDoNotRead_delayNoOthersAndAreToldOfTheirLoss() {
        List<EventStreamReader> stalled = new ArrayList<>();
        try (TestCluster cluster = new TestCluster();
                TestNode node = cluster.start(setup())) {
            // All that a node takes once and keeps: compiled code, buffers, the history.
            Result warmUp = load(node, SUBSCRIBERS);
            assertThat(warmUp.isFlawless()).as(warmUp.toTable()).isTrue();
            for (int i = 0; i < STALLED; i++) {
                stalled.add(stalled(node));
            }
            Memory before = Memory.of(node.process().pid());

            Result result = load(node, SUBSCRIBERS - STALLED);

            Memory after = Memory.of(node.process().pid());
            Bound.say(
                    "SlowSubscriberIT: %d events to %d subscribers beside %d that do not read: %d ms for the last of them all, against %d ms without; latency p50 %d ms, p99 %d ms, at most %d ms; before %s, after %s",
                    result.accepted(),
                    result.opened(),
                    STALLED,
                    millis(result),
                    millis(warmUp),
                    millis(result, 50),
                    millis(result, 99),
                    millis(result, 100),
                    before,
                    after);
            assertThat(result.isFlawless()).as(result.toTable()).isTrue();
            assertThat(result.accepted()).isEqualTo((long) RATE * SECONDS);
            assertThat(result.delivered()).isEqualTo(result.accepted() * (SUBSCRIBERS - STALLED));
            assertThat(result.resets()).isZero();
            assertThat(after.heapKilobytes()).isLessThan(withATenth(before.heapKilobytes()));
            assertThat(after.outsideKilobytes()).isLessThan(withATenth(before.outsideKilobytes()));
            assertThat(after.residentKilobytes()).isLessThan(withATenth(before.residentKilobytes()));
            awaitResets(node, stalled);
        } finally {
            stalled.forEach(EventStreamReader::close);
        }
    }

    private static NodeSetup setup() {
        NodeSetup setup = NodeSetup.of(CONFIG).jvm("-Xmx256m").jvm(Memory.COUNTED);
        // The long form takes the code that users run; the short one ends before it would be compiled.
        return Boolean.getBoolean("faults.long") ? setup.jvm("-XX:TieredStopAtLevel=4") : setup;
    }

    private static EventStreamReader stalled(TestNode node) {
        EventStreamReader reader = EventStreamReader.open(node.uri("/stream/public.c0"), Map.of(), RECEIVE_BUFFER);
        reader.await("stream-open");
        reader.pause();
        return reader;
    }

    /** Each event to all subscribers, on one channel. */
    private static Result load(TestNode node, int subscribers) {
        Load load = new Load(
                subscribers, 0, 1, RATE, EVENT_BYTES, PUBLISHERS, Duration.ZERO, Duration.ofSeconds(SECONDS), DRAIN);
        Target target = new Target(
                List.of(node.uri("").resolve("")),
                "public.c{n}",
                "/stream/{channel}",
                "/publish/{channel}",
                List.of(),
                List.of(),
                "text/plain",
                "{data}",
                "event: stream-open");
        return new Bench(load, target, List.of(), line -> {})
                .run(READING_THREADS, 0, subscriber -> "", Optional.empty(), "");
    }

    private static long millis(Result result) {
        return Math.round(1_000 * result.seconds());
    }

    private static long millis(Result result, double percent) {
        return result.latencies().getValueAtPercentile(percent) / 1_000_000;
    }

    private static long withATenth(long kilobytes) {
        return kilobytes + Math.max(kilobytes / 10, KEPT_KILOBYTES);
    }

    /** A stalled stream has missed evicted events, and is told so; then it goes on like all others. */
    private static void awaitResets(TestNode node, List<EventStreamReader> stalled) {
        for (EventStreamReader reader : stalled.subList(1, stalled.size())) {
            reader.resume();
            reader.await(event -> event.type().equals("stream-reset"), PATIENCE);
            reader.close();
        }
        EventStreamReader last = stalled.get(0);
        last.resume();
        last.await(event -> event.type().equals("stream-reset"), PATIENCE);
        JsonObject end = new JsonObject().put("event", "end").put("data", "");
        assertThat(node.post("/publish/public.c0", end.encode()).statusCode()).isEqualTo(201);
        last.await(event -> event.type().equals("end"), PATIENCE);
        assertThat(last.findings()).isEmpty();
    }
}
