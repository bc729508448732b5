package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thousands of streams that take nothing use up neither the memory outside the heap nor the patience of the others. */
@Timeout(600)
class StalledStreamsIT {
    private static final int STALLED = Bound.of("stalled.streams", 600);
    private static final int RECEIVE_BUFFER = 4_096;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String CONFIG = """
            http: {host: 127.0.0.1}
            auth: {jwt: {secret: "%s"}}
            stream: {stalledTimeout: 1h, retry: 100ms}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {size: 1000, ttl: 1h}}
            """.formatted(NodeSetup.SECRET);

    /** Small memory, and more stalled streams than could have a copy each. */
    @ParameterizedTest(name = "{3} events of {0} bytes on {1}")
    @CsvSource({
        "60000, public.a?channel=public.b, 40, 60",
        "60000, public.a, 40, 60",
        "500, public.a?channel=public.b, 20, 2000",
    })
    void stalledStreamsOfAnyChannels_keepNoOtherStreamFromItsEvents(
            int bytes, String channels, int directMegabytes, int events) {
        NodeSetup setup = NodeSetup.of(CONFIG)
                .jvm("-Xmx256m")
                .jvm("-XX:MaxDirectMemorySize=" + directMegabytes + "m")
                .env("SSE_LIMITS_STALLED_BYTES", "64MiB");
        List<EventStreamReader> stalled = new ArrayList<>();
        try (TestNode node = TestNode.standalone(setup)) {
            EventStreamReader before = node.stream("/stream/public.a?channel=public.b");
            before.await("stream-open");
            for (int i = 0; i < STALLED; i++) {
                stalled.add(stalled(node, "/stream/" + channels));
            }
            for (int i = 0; i < events; i++) {
                publish(node, i % 2 == 0 ? "public.a" : "public.b", i + ":" + "x".repeat(bytes));
            }
            before.awaitCount("message", events, PATIENCE);

            EventStreamReader after = node.stream("/stream/public.a?channel=public.b");
            after.await("stream-open");
            for (String channel : List.of("public.a", "public.b")) {
                publish(node, channel, "last of " + channel);
                for (EventStreamReader reader : List.of(before, after)) {
                    reader.await(event -> event.data().equals("last of " + channel), PATIENCE);
                }
            }
            assertThat(before.findings()).isEmpty();
            assertThat(after.findings()).isEmpty();
            before.close();
            after.close();
            assertThat(node.process().output())
                    .noneMatch(line -> line.contains("ERROR") || line.contains("Memory outside the heap is used up"));
            for (int channel = 0; channel < 2; channel++) {
                assertThat(numbers(before, channel))
                        .containsExactlyElementsOf(IntStream.iterate(channel, i -> i < events, i -> i + 2)
                                .boxed()
                                .toList());
            }

            for (EventStreamReader slow : List.of(stalled.get(0), stalled.get(STALLED - 1))) {
                slow.resume();
                awaitLast(node, slow, channels);
            }
        } finally {
            stalled.forEach(EventStreamReader::reset);
        }
    }

    /** A stream that stalled misses nothing: it reads on, or comes back with its id if it was cut. */
    private static void awaitLast(TestNode node, EventStreamReader slow, String channels) {
        Eventually.holds("the last event or the end", PATIENCE, () -> slow.isEnded() || hasLast(slow));
        if (!hasLast(slow)) {
            try (EventStreamReader again = EventStreamReader.open(
                    node.uri("/stream/" + channels), Map.of("Last-Event-ID", slow.lastEventId()))) {
                again.await(event -> event.data().startsWith("last of"), PATIENCE);
                assertThat(again.events("stream-reset")).isEmpty();
            }
        }
    }

    private static boolean hasLast(EventStreamReader reader) {
        return reader.events("message").stream().anyMatch(event -> event.data().startsWith("last of"));
    }

    private static List<Integer> numbers(EventStreamReader reader, int channel) {
        return reader.events("message").stream()
                .filter(event -> event.data().contains(":"))
                .map(event ->
                        Integer.parseInt(event.data().substring(0, event.data().indexOf(':'))))
                .filter(number -> number % 2 == channel)
                .toList();
    }

    private static EventStreamReader stalled(TestNode node, String path) {
        EventStreamReader reader = EventStreamReader.open(node.uri(path), Map.of(), RECEIVE_BUFFER);
        reader.await("stream-open");
        reader.pause();
        return reader;
    }

    private static void publish(TestNode node, String channel, String data) {
        JsonObject event = new JsonObject().put("data", data);
        assertThat(node.post("/publish/" + channel, event.encode()).statusCode())
                .isEqualTo(201);
    }
}
