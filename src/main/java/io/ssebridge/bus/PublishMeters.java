package io.ssebridge.bus;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.event.Receipt;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.eventbus.ReplyException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Counts the events that come to this node to be published. Any thread. */
final class PublishMeters {
    /** The failure of events that find no room on this node. */
    static final String IN_FLIGHT = "too many events are in flight on this node";

    private static final String OVER_CHANNELS = "limits.channels";
    private static final List<String> REASONS = List.of(
            "bad-request",
            "forbidden",
            "no-rule",
            "ended",
            "too-large",
            "channels",
            "in-flight",
            "waiting",
            "unavailable");

    private final Counter byRequest;
    private final Counter byMessage;
    private final Counter byPresence;
    private final Counter bytes;
    private final Map<String, Counter> refused = new HashMap<>();

    PublishMeters(MeterRegistry meters) {
        this.byRequest = published("request", meters);
        this.byMessage = published("message", meters);
        this.byPresence = published("presence", meters);
        this.bytes = Counter.builder("sse.published")
                .baseUnit("bytes")
                .description("Bytes of the events that came to this node to be published")
                .register(meters);
        for (String reason : REASONS) {
            refused.put(
                    reason,
                    Counter.builder("sse.events.refused")
                            .description("Events that were not published, by the reason")
                            .tag("reason", reason)
                            .register(meters));
        }
    }

    private static Counter published(String by, MeterRegistry meters) {
        return Counter.builder("sse.events.published")
                .description("Events that came to this node and were published, by the way they came")
                .tag("by", by)
                .register(meters);
    }

    void received(int moreBytes) {
        bytes.increment(moreBytes);
    }

    /** Counts the events of one request; each has been answered. */
    void answered(List<Future<Receipt>> events) {
        int published = 0;
        for (Future<Receipt> each : events) {
            if (each.succeeded()) {
                published++;
            } else {
                refused(each.cause(), 1);
            }
        }
        byRequest.increment(published);
    }

    void publishedMessage() {
        byMessage.increment();
    }

    void publishedPresence() {
        byPresence.increment();
    }

    void refused(Throwable failure, int events) {
        Objects.requireNonNull(refused.get(reason(Refusals.from(failure)))).increment(events);
    }

    private static String reason(ReplyException refusal) {
        String detail = String.valueOf(refusal.getMessage());
        return switch (refusal.failureCode()) {
            case Refusals.BAD_REQUEST -> "bad-request";
            case Refusals.FORBIDDEN -> "forbidden";
            case Refusals.NOT_FOUND -> "no-rule";
            case Refusals.ENDED -> "ended";
            case Refusals.TOO_LARGE -> "too-large";
            case Refusals.TOO_MANY ->
                detail.startsWith(OVER_CHANNELS) ? "channels" : detail.equals(IN_FLIGHT) ? "in-flight" : "waiting";
            default -> "unavailable";
        };
    }
}
