package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Receipt;
import io.ssebridge.event.TraceParent;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.tracing.SpanKind;
import io.vertx.core.spi.tracing.TagExtractor;
import io.vertx.core.spi.tracing.VertxTracer;
import io.vertx.core.tracing.TracingPolicy;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Makes a span of each publish, if the application has installed a tracer in its Vert.x. The event then carries the
 * traceparent of this span. Without a tracer nothing happens. Any thread.
 */
final class PublishSpans {
    private static final String OPERATION = "publish";

    private final Vertx vertx;
    private final @Nullable VertxTracer<?, ?> tracer;

    /**
     * What one span is about.
     *
     * @param channel the first channel
     * @param events the number of events times the number of channels
     */
    private record Publish(String channel, int events) {}

    private static final TagExtractor<Publish> TAGS = new TagExtractor<>() {
        private static final List<String> NAMES =
                List.of("messaging.system", "messaging.destination.name", "messaging.batch.message_count");

        @Override
        public int len(Publish publish) {
            return NAMES.size();
        }

        @Override
        public String name(Publish publish, int index) {
            return NAMES.get(index);
        }

        @Override
        public String value(Publish publish, int index) {
            return switch (index) {
                case 0 -> "sse-bridge";
                case 1 -> publish.channel();
                default -> Integer.toString(publish.events());
            };
        }
    };

    PublishSpans(Vertx vertx) {
        this.vertx = vertx;
        this.tracer = ((VertxInternal) vertx).tracer();
    }

    /** Publishes the events of a request, in a span. */
    Future<List<Future<Receipt>>> around(
            List<ChannelName> channels,
            List<Publication> events,
            Function<List<Publication>, Future<List<Future<Receipt>>>> publish) {
        if (tracer == null || channels.isEmpty()) {
            return publish.apply(events);
        }
        return around(
                tracer,
                new Publish(channels.get(0).value(), channels.size() * events.size()),
                trace -> publish.apply(trace == null ? events : traced(events, trace)));
    }

    /** Publishes one event, in a span. */
    Future<Receipt> around(ChannelName channel, Publication event, Function<Publication, Future<Receipt>> publish) {
        if (tracer == null) {
            return publish.apply(event);
        }
        return around(
                tracer,
                new Publish(channel.value(), 1),
                trace -> publish.apply(trace == null ? event : event.traced(trace)));
    }

    private static List<Publication> traced(List<Publication> events, String trace) {
        return events.stream().map(each -> each.traced(trace)).toList();
    }

    /** Runs a publish between the begin and the end of a span; it gets the traceparent of the span, or null. */
    private <O, T> Future<T> around(
            VertxTracer<?, O> installed, Publish what, Function<@Nullable String, Future<T>> publish) {
        Context context = vertx.getOrCreateContext();
        String[] trace = new String[1];
        O span = installed.sendRequest(
                context,
                SpanKind.MESSAGING,
                TracingPolicy.ALWAYS,
                what,
                OPERATION,
                (name, value) -> {
                    if (name.equals(TraceParent.NAME) && TraceParent.isValid(value)) {
                        trace[0] = value;
                    }
                },
                TAGS);
        return publish.apply(trace[0]).onComplete(done -> {
            if (span != null) {
                installed.receiveResponse(
                        context, done.succeeded() ? done.result() : null, span, done.cause(), TagExtractor.empty());
            }
        });
    }
}
