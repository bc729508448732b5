package io.ssebridge.subscriber;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/** Counts what the streams of a node get, and how they end. Any thread. */
public final class StreamMeters {
    /** The client has disconnected. */
    static final String CLIENT = "client";
    /** The client has not taken its bytes for {@code stream.stalledTimeout}. */
    static final String STALLED = "stalled";
    /** Stalled streams held more than {@code limits.stalledBytes}, or memory outside the heap was used up. */
    static final String STALLED_BYTES = "stalled-bytes";
    /** The stream could not be written to. */
    static final String FAILED = "failed";

    private final Counter events;
    private final Counter bytes;
    private final Map<String, Counter> closed = new HashMap<>();

    /**
     * Registers the counters.
     *
     * @param meters the metrics of the node
     */
    public StreamMeters(MeterRegistry meters) {
        this.events = Counter.builder("sse.events.delivered")
                .description("Events that were written to streams, each once for each stream")
                .register(meters);
        this.bytes = Counter.builder("sse.delivered")
                .baseUnit("bytes")
                .description("Bytes of event streams that were written")
                .register(meters);
        Stream.concat(
                        Arrays.stream(CloseReason.values()).map(CloseReason::word),
                        List.of(CLIENT, STALLED, STALLED_BYTES, FAILED).stream())
                .forEach(reason -> closed.put(
                        reason,
                        Counter.builder("sse.subscribers.closed")
                                .description("Streams that have ended, by the reason")
                                .tag("reason", reason)
                                .register(meters)));
    }

    void delivered(long moreEvents, long moreBytes) {
        events.increment((double) moreEvents);
        bytes.increment((double) moreBytes);
    }

    void closed(String reason) {
        Objects.requireNonNull(closed.get(reason), reason).increment();
    }
}
