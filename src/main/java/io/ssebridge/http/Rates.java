package io.ssebridge.http;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.request.Problem;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

/**
 * Limits the streams that a node opens per second, and the events that each caller publishes per second. All event loops of the
 * node share it. Any thread.
 */
final class Rates {
    // With more callers the counts start again. Counts per address cannot stop a client that has thousands of
    // addresses.
    private static final int MAX_CALLERS = 100_000;

    private final RateLimit connects;
    private final RateLimit publishes;
    private final NodeClock clock;
    private final Counter refusedPublishes;
    private final AtomicLong connected;
    private final Map<String, Long> published = new ConcurrentHashMap<>();

    /**
     * Creates the limits of a node.
     *
     * @param limits the rates
     * @param clock the time
     * @param meters counts the refused publishes
     */
    Rates(LimitOptions limits, NodeClock clock, MeterRegistry meters) {
        this.connects = new RateLimit(limits.connectRate());
        this.publishes = new RateLimit(limits.publishRate());
        this.clock = clock;
        this.connected = new AtomicLong(nowMicros());
        this.refusedPublishes = Counter.builder("sse.publishes.refused")
                .description("Publish requests that were refused, by the limit")
                .tag("limit", "publishRate")
                .register(meters);
    }

    /** Counts a stream that is to be opened, unless too many have been; returns the time after which it may be, or zero. */
    Duration connect() {
        if (!connects.isOn()) {
            return Duration.ZERO;
        }
        long nowMicros = nowMicros();
        while (true) {
            long state = connected.get();
            Duration rest = connects.rest(state, nowMicros);
            if (!rest.isZero() || connected.compareAndSet(state, connects.after(state, nowMicros, 1))) {
                return rest;
            }
        }
    }

    /**
     * Checks that a caller may publish now, before its events are read.
     *
     * @param caller gives the subject or the address of the caller; called only if there is a limit
     * @throws Problem if it has published too many
     */
    void check(Supplier<String> caller) {
        if (publishes.isOn()) {
            Long state = published.get(caller.get());
            if (state != null) {
                refuse(publishes.rest(state, nowMicros()));
            }
        }
    }

    /**
     * Counts events that a caller publishes. The last request of a second may exceed the limit. Otherwise a request with many
     * events would never be admitted.
     *
     * @param caller as above
     * @throws Problem if it has published too many
     */
    void publish(Supplier<String> caller, int events) {
        if (publishes.isOn()) {
            refuse(take(caller.get(), events));
        }
    }

    /**
     * Counts events that a caller publishes, unless it has published too many; returns the time after which it may, or zero.
     *
     * @param caller the subject or the address of the caller
     */
    Duration take(String caller, int events) {
        if (!publishes.isOn()) {
            return Duration.ZERO;
        }
        long nowMicros = nowMicros();
        makeRoom(nowMicros);
        Duration[] rest = {Duration.ZERO};
        published.compute(caller, (same, before) -> {
            long state = before == null ? nowMicros : before;
            rest[0] = publishes.rest(state, nowMicros);
            return rest[0].isZero() ? publishes.after(state, nowMicros, events) : state;
        });
        return rest[0];
    }

    /** Forgets the callers that may publish at once, when there are many; a caller that is not known may do so too. */
    private void makeRoom(long nowMicros) {
        if (published.size() >= MAX_CALLERS) {
            published.values().removeIf(state -> state <= nowMicros);
            if (published.size() >= MAX_CALLERS) {
                published.clear();
            }
        }
    }

    private void refuse(Duration rest) {
        if (!rest.isZero()) {
            throw refusal(rest);
        }
    }

    /** Counts a refusal, and makes its problem. */
    Problem refusal(Duration rest) {
        refusedPublishes.increment();
        return Problem.tooMany(
                "limits.publishRate: this caller publishes more than %d events per second"
                        .formatted(publishes.perSecond()),
                rest);
    }

    private long nowMicros() {
        return TimeUnit.MILLISECONDS.toMicros(clock.elapsedMillis());
    }
}
