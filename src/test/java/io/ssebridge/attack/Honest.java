package io.ssebridge.attack;

import io.ssebridge.fault.Audience;
import io.ssebridge.fault.Ledger;
import io.ssebridge.fault.Publisher;
import io.ssebridge.testing.ReceivedEvent;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.HdrHistogram.ConcurrentHistogram;
import org.HdrHistogram.Histogram;

/** The clients that must notice nothing: streams on all nodes, and publishers with the right grants. */
final class Honest implements AutoCloseable {
    static final int CHANNELS = 5;

    private static final int STREAMS = Bounds.of("streams", 500);
    private static final int PUBLISHERS = 5;
    private static final Duration PACE = Duration.ofMillis(Bounds.of("paceMillis", 200));
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Ledger ledger = new Ledger(CHANNELS);
    private final List<Audience> audiences = new ArrayList<>();
    private final List<Publisher> publishers = new ArrayList<>();
    private final AtomicInteger turn = new AtomicInteger();
    private volatile Histogram latencies = new ConcurrentHistogram(3);

    /** Opens all streams and begins to publish. */
    Honest(List<Victim> victims) {
        for (Victim victim : victims) {
            Audience audience = new Audience(ledger, victim.node()::uri, this::received);
            audiences.add(audience);
            audience.add(STREAMS / victims.size(), CHANNELS, Duration.ofMillis(100));
        }
        audiences.forEach(Audience::awaitOpen);
        Map<Integer, String> tokens = victims.stream()
                .collect(Collectors.toUnmodifiableMap(
                        victim -> victim.uri().getPort(), victim -> victim.token("alice", "public.*")));
        for (int i = 0; i < PUBLISHERS; i++) {
            publishers.add(new Publisher(
                    i,
                    CHANNELS,
                    ledger,
                    path -> victims.get(turn.getAndIncrement() % victims.size())
                            .node()
                            .uri(path),
                    node -> bearer(tokens, node),
                    PACE));
        }
    }

    private static Map<String, String> bearer(Map<Integer, String> tokens, URI node) {
        return Map.of("Authorization", "Bearer " + tokens.get(node.getPort()));
    }

    private void received(ReceivedEvent event) {
        if (event.type().equals("message")) {
            latencies.recordValue(Math.max(1, ledger.sinceBegun(Ledger.codeOf(event.data())) / 1_000));
        }
    }

    /** How many streams there are on each node. */
    static int streamsPerNode() {
        return STREAMS / 2;
    }

    /** Starts a new count of latencies. */
    void beginToCount() {
        latencies = new ConcurrentHistogram(3);
    }

    /** From the first attempt to publish an event until it has come, in microseconds. */
    Histogram latencies() {
        return latencies;
    }

    /** Publishes no more, and waits until everything has come. */
    void finish() {
        publishers.forEach(Publisher::close);
        audiences.forEach(audience -> audience.awaitComplete(PATIENCE));
    }

    /** How many streams were opened after the first ones. */
    int reopened() {
        return audiences.stream()
                .mapToInt(audience -> audience.opened() - audience.accounts().size())
                .sum();
    }

    /** Everything that was lost, came twice or out of order, or was refused. */
    List<String> flaws() {
        List<String> flaws = new ArrayList<>();
        audiences.forEach(audience -> flaws.addAll(audience.flaws()));
        flaws.add(ledger.renumbered());
        publishers.forEach(publisher -> flaws.add(publisher.failure()));
        flaws.removeIf(String::isEmpty);
        return flaws;
    }

    @Override
    public String toString() {
        return "%d events acknowledged, %d attempts repeated, longest wait for an acknowledgement %d ms, %d streams opened again"
                .formatted(
                        ledger.acknowledged(),
                        publishers.stream()
                                .mapToInt(publisher -> publisher.retries().size())
                                .sum(),
                        publishers.stream()
                                .mapToLong(publisher -> publisher.longestStall().toMillis())
                                .max()
                                .orElse(0),
                        reopened());
    }

    @Override
    public void close() {
        publishers.forEach(Publisher::close);
        audiences.forEach(Audience::close);
    }
}
