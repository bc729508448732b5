package io.ssebridge.event;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamParser;
import io.ssebridge.testing.FramingCases;
import io.ssebridge.testing.ReceivedEvent;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The encoder writes, and a parser by the standard reads; the two share no code. */
class FramingTest {
    private static final ReceivedEvent SENTINEL = new ReceivedEvent("message", "sentinel", "");

    static List<FramingCases.Case> cases() {
        return FramingCases.all();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anEvent_isReadAsPublished(FramingCases.Case given) {
        Buffer stream = Buffer.buffer()
                .appendBuffer(EventEncoder.comment())
                .appendBuffer(EventEncoder.encode(new Event(given.name(), given.data(), given.retry())))
                .appendBuffer(EventEncoder.comment())
                .appendBuffer(EventEncoder.encode(new Event(null, "sentinel", null)));
        List<ReceivedEvent> events = new ArrayList<>();
        EventStreamParser parser = new EventStreamParser(events::add);
        parser.feed(stream.getBytes());

        assertThat(events).containsExactly(new ReceivedEvent(given.expectedType(), given.expectedData(), ""), SENTINEL);
        assertThat(parser.retries())
                .isEqualTo(
                        given.retry() == null
                                ? List.of()
                                : List.of(given.retry().toMillis()));
        assertThat(parser.comments()).containsExactly(" ", " ");
        assertThat(parser.findings()).isEmpty();
        assertThat(parser.isWithinBlock()).isFalse();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void anEncodedEvent_isReadBack(FramingCases.Case given) {
        Event event = Event.published(given.name(), given.data(), given.retry());

        assertThat(EventEncoder.decode(EventEncoder.encode(event), false)).isEqualTo(event);
        assertThat(EventEncoder.decode(EventEncoder.encode(event, "id"), false)).isEqualTo(event);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aFrame_endsItsBlockOnceAndUsesLineFeedsOnly(FramingCases.Case given) {
        byte[] frame = EventEncoder.encode(new Event(given.name(), given.data(), given.retry()))
                .getBytes();
        String text = new String(frame, UTF_8);
        assertThat(text).endsWith("\n\n").doesNotContain("\r").doesNotStartWith("\uFEFF");
        assertThat(text.indexOf("\n\n")).isEqualTo(text.length() - 2);
    }
}
