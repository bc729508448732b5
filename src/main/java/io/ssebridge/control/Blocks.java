package io.ssebridge.control;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * The subjects that have been disconnected, and cannot open the same channels for a while. This node keeps them in its
 * memory, so that opening a stream asks no other node. Any thread.
 */
final class Blocks {
    // Bounds the memory. A subject with more blocks, or a subject beyond this number, is disconnected but not blocked.
    private static final int MAX_SUBJECTS = 100_000;
    private static final int MAX_PER_SUBJECT = 100;

    private final NodeClock clock;
    private final Map<String, List<Block>> bySubject = new ConcurrentHashMap<>();

    private record Block(SubjectChannels channels, long endsElapsedMillis) {}

    Blocks(NodeClock clock, MeterRegistry meters) {
        this.clock = clock;
        var unused = Gauge.builder("sse.subjects.blocked", bySubject, Map::size)
                .description("Disconnected subjects that cannot open the same channels for a while")
                .register(meters);
    }

    /** Blocks channels of a subject. The same block again begins again. */
    void add(SubjectChannels channels, Duration rest) {
        put(channels, rest, true);
    }

    /** Blocks channels of a subject, unless the same block is known. */
    void addIfAbsent(SubjectChannels channels, Duration rest) {
        put(channels, rest, false);
    }

    private void put(SubjectChannels channels, Duration rest, boolean replaces) {
        if (rest.isZero() || rest.isNegative()) {
            return;
        }
        Block block = new Block(channels, clock.elapsedMillis() + rest.toMillis());
        bySubject.compute(channels.subject(), (subject, known) -> {
            if (known == null) {
                return bySubject.size() < MAX_SUBJECTS ? List.of(block) : null;
            }
            boolean isKnown = known.stream().anyMatch(each -> each.channels().equals(channels));
            if (isKnown && !replaces || !isKnown && known.size() >= MAX_PER_SUBJECT) {
                return known;
            }
            return Stream.concat(known.stream().filter(each -> !each.channels().equals(channels)), Stream.of(block))
                    .toList();
        });
    }

    /** Finds the first of some channels that a subject cannot open now. */
    Optional<BlockedChannel> find(String subject, List<ChannelName> channels) {
        List<Block> blocks = bySubject.get(subject);
        if (blocks == null) {
            return Optional.empty();
        }
        long nowMillis = clock.elapsedMillis();
        for (ChannelName channel : channels) {
            long ends = blocks.stream()
                    .filter(block -> block.channels().contains(channel))
                    .mapToLong(Block::endsElapsedMillis)
                    .max()
                    .orElse(nowMillis);
            if (ends > nowMillis) {
                return Optional.of(new BlockedChannel(channel, Duration.ofMillis(ends - nowMillis)));
            }
        }
        return Optional.empty();
    }

    /** Drops the blocks that are over. */
    void sweep() {
        long nowMillis = clock.elapsedMillis();
        bySubject
                .keySet()
                .forEach(subject -> bySubject.computeIfPresent(subject, (same, blocks) -> {
                    List<Block> rest = blocks.stream()
                            .filter(block -> block.endsElapsedMillis() > nowMillis)
                            .toList();
                    return rest.isEmpty() ? null : rest;
                }));
    }
}
