package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Pause;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A crowd of subscribers, each of one channel of all and of one of many channels of few: what the streams cost, how long an event to
 * all takes, what happens to the others when a node is killed, and when all nodes are restarted one after another. With the Maven
 * profile {@code crowd} there are 90,000 on six nodes: fifteen thousand each, since a process has 20,000 descriptors here, and those of
 * a node that has died need a place on the others.
 */
@Timeout(3_600)
class CrowdIT {
    private static final int SUBSCRIBERS = Bound.of("crowd.subscribers", 300);
    private static final int NODES = Bound.of("crowd.nodes", 3);
    private static final int CHANNELS = Bound.of("crowd.channels", 100);
    private static final int HEAP_MEGABYTES = Bound.of("crowd.heap", 256);
    // All events of all together take a fraction of a processor.
    private static final int BETWEEN_MILLIS = Bound.of("crowd.millis", 200);
    private static final int PUBLISHERS = 16;
    private static final int ATTEMPTS = 100;
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            limits: {subscribers: 19500, newChannelsPerIp: 0}
            shutdown: {drain: %ds}
            channels:
              - {channel: "public.**", subscribe: public, publish: public, history: {size: 256, ttl: 30m}}
            """.formatted(NodeSetup.SECRET, Bound.of("crowd.drain", 1));

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private int ofAll;
    private int ofFew;

    @Test
    void aCrowd_hasEveryEventOnce_whenANodeDies_andWhenAllAreRestarted() throws Exception {
        try (Slots slots = Slots.withPorts(NODES, setup());
                Crowd crowd = new Crowd(SUBSCRIBERS, CHANNELS, nodes(slots))) {
            List<Memory> empty = memories(slots);
            open(slots, crowd, empty);
            oneEventToAll(slots, crowd);
            oneEventToEachOfFew(slots, crowd);
            aNodeDies(slots, crowd);
            if (Bound.isLong()) {
                allAreRestarted(slots, crowd);
            }
            Crowd.Report end = crowd.report(ofAll, ofFew);
            assertThat(end.findings()).isEmpty();
            assertThat(end.flaws()).isZero();
            assertThat(end.resets()).isZero();
            assertThat(end.complete()).isEqualTo(SUBSCRIBERS);
        }
    }

    private static NodeSetup setup() {
        NodeSetup setup =
                NodeSetup.of(CONFIG).jvm("-Xmx" + HEAP_MEGABYTES + "m").jvm(Memory.COUNTED);
        return Bound.isLong() ? setup.jvm("-XX:TieredStopAtLevel=4").jvm("-Xlog:gc:file=gc.log") : setup;
    }

    private void open(Slots slots, Crowd crowd, List<Memory> empty) throws Exception {
        Measured opening = measured(slots, crowd::open);
        Bound.say(
                "CrowdIT: %d streams open after %d ms, %.0f µs of CPU each",
                SUBSCRIBERS, opening.tookMillis, opening.cpuMillis * 1e3 / SUBSCRIBERS);
        List<Memory> full = memories(slots);
        for (int i = 0; i < NODES; i++) {
            Bound.say(
                    "CrowdIT: node %d without streams: %s, with its streams: %s%s",
                    i, empty.get(i), full.get(i), lastFullCollection(slots.node(i)));
        }
    }

    private void oneEventToAll(Slots slots, Crowd crowd) throws Exception {
        for (int i = 0; i < 5; i++) {
            long[] lastNanos = {0};
            long publishedNanos = System.nanoTime();
            Measured event = measured(slots, () -> {
                toAll(slots);
                lastNanos[0] = crowd.awaitSeen(ofAll - 1);
            });
            Bound.say(
                    "CrowdIT: one event to all: the last one has it after %d ms, %.1f µs of CPU per delivery",
                    (lastNanos[0] - publishedNanos) / 1_000_000, event.cpuMillis * 1e3 / SUBSCRIBERS);
        }
    }

    private void oneEventToEachOfFew(Slots slots, Crowd crowd) throws Exception {
        Measured events = measured(slots, () -> {
            toFew(slots);
            crowd.awaitComplete(ofAll, ofFew);
        });
        Bound.say(
                "CrowdIT: one event on each of %d channels: all have theirs after %d ms, %.0f µs of CPU per event",
                CHANNELS, events.tookMillis, events.cpuMillis * 1e3 / CHANNELS);
    }

    private void aNodeDies(Slots slots, Crowd crowd) throws Exception {
        crowd.mark();
        Measured back = measured(
                slots,
                () -> whilePublishing(slots, () -> {
                    slots.kill(NODES - 1);
                    crowd.awaitOpen();
                }));
        crowd.awaitComplete(ofAll, ofFew);
        say("a node is killed", back, crowd);
        slots.fill(NODES - 1);
        slots.awaitSafe(PATIENCE);
    }

    private void allAreRestarted(Slots slots, Crowd crowd) throws Exception {
        for (int i = 0; i < NODES; i++) {
            int slot = i;
            crowd.mark();
            Measured back = measured(
                    slots,
                    () -> whilePublishing(slots, () -> {
                        slots.stop(slot);
                        slots.fill(slot);
                        slots.awaitSafe(PATIENCE);
                        crowd.awaitOpen();
                    }));
            crowd.awaitComplete(ofAll, ofFew);
            // Before the next events: all have none while those of few are published.
            say("node %d is restarted".formatted(slot), back, crowd);
            toFew(slots);
            crowd.awaitComplete(ofAll, ofFew);
        }
    }

    private void say(String what, Measured measured, Crowd crowd) {
        Crowd.Report report = crowd.report(ofAll, ofFew);
        Bound.say(
                "CrowdIT: %s: all have a stream after %d ms, %d ms of CPU, an event each %d ms;"
                        + " longest time without one: %d ms on streams that stayed, %d ms for those that came back;"
                        + " %d resets, %d flaws",
                what,
                measured.tookMillis,
                measured.cpuMillis,
                BETWEEN_MILLIS,
                report.silentNanos() / 1_000_000,
                report.awayNanos() / 1_000_000,
                report.resets(),
                report.flaws());
    }

    /** Publishes to all while something else is done. */
    private void whilePublishing(Slots slots, Action other) throws Exception {
        AtomicBoolean done = new AtomicBoolean();
        ExecutorService publisher = Executors.newSingleThreadExecutor();
        try {
            Future<?> publishing = publisher.submit(() -> {
                while (!done.get()) {
                    long beganNanos = System.nanoTime();
                    toAll(slots);
                    Pause.of(Duration.ofMillis(
                            Math.max(0, BETWEEN_MILLIS - (System.nanoTime() - beganNanos) / 1_000_000)));
                }
                return null;
            });
            other.run();
            done.set(true);
            publishing.get();
        } finally {
            publisher.shutdownNow();
        }
    }

    private void toAll(Slots slots) throws IOException, InterruptedException {
        publish(slots, "public.all", "all", ofAll);
        ofAll++;
    }

    private void toFew(Slots slots) throws InterruptedException, ExecutionException {
        int number = ofFew;
        ExecutorService publishers = Executors.newFixedThreadPool(PUBLISHERS);
        try {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < CHANNELS; i++) {
                String channel = "public.few." + i;
                all.add(publishers.submit(() -> {
                    publish(slots, channel, "few", number);
                    return null;
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        } finally {
            publishers.shutdownNow();
        }
        ofFew++;
    }

    private void publish(Slots slots, String channel, String event, int number)
            throws IOException, InterruptedException {
        String last = "";
        for (int i = 0; i < ATTEMPTS; i++) {
            URI uri = slots.next("/publish/%s?raw=true&event=%s&key=%s-%d".formatted(channel, event, event, number));
            try {
                HttpResponse<String> answer = http.send(
                        HttpRequest.newBuilder(uri)
                                .timeout(Duration.ofSeconds(10))
                                .header("Content-Type", "text/plain")
                                .POST(HttpRequest.BodyPublishers.ofString(Integer.toString(number)))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() / 100 == 2) {
                    return;
                }
                last = answer.statusCode() + " " + answer.body();
            } catch (IOException gone) {
                last = gone.toString();
            }
            Pause.of(Duration.ofMillis(50));
        }
        throw new IOException("%s is not published: %s".formatted(channel, last));
    }

    private record Measured(long tookMillis, long cpuMillis) {}

    /** The time that something takes, and the CPU time of the nodes that have run all the while. */
    private static Measured measured(Slots slots, Action action) throws Exception {
        List<ProcessHandle> before = processes(slots);
        ToLongFunction<ProcessHandle> cpu =
                each -> each.info().totalCpuDuration().orElse(Duration.ZERO).toMillis();
        List<Long> cpuBefore = before.stream().map(cpu::applyAsLong).toList();
        long beganNanos = System.nanoTime();
        action.run();
        long tookMillis = (System.nanoTime() - beganNanos) / 1_000_000;
        long cpuMillis = 0;
        for (int i = 0; i < before.size(); i++) {
            if (before.get(i).isAlive()) {
                cpuMillis += cpu.applyAsLong(before.get(i)) - cpuBefore.get(i);
            }
        }
        return new Measured(tookMillis, cpuMillis);
    }

    private interface Action {
        void run() throws Exception;
    }

    private static List<ProcessHandle> processes(Slots slots) {
        return IntStream.range(0, NODES)
                .mapToObj(slots::node)
                .map(node -> ProcessHandle.of(node.process().pid()).orElseThrow())
                .toList();
    }

    private static List<Memory> memories(Slots slots) {
        return IntStream.range(0, NODES)
                .mapToObj(slots::node)
                .map(TestNode::process)
                .map(process -> Memory.of(process.pid()))
                .toList();
    }

    private static String lastFullCollection(TestNode node) throws IOException {
        Path log = node.directory().resolve("gc.log");
        if (!Bound.isLong()) {
            return "";
        }
        List<String> pauses = Files.readAllLines(log).stream()
                .filter(line -> line.contains("Pause Full"))
                .toList();
        return "; " + pauses.get(pauses.size() - 1);
    }

    private static List<URI> nodes(Slots slots) {
        return IntStream.range(0, NODES)
                .mapToObj(slot -> slots.node(slot).uri("/"))
                .toList();
    }
}
