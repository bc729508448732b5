package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.subscriber.StreamOptions;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bounds of a publisher's influence on the reconnection time of streams. */
class EncodedEventTest {
    private static final ChannelName NEWS = new ChannelName("news");

    private static EncodedEvent encoded(Duration retry, boolean withId) {
        Frame frame = new EventFrame(7, 0, 0, 0, 0, new Event("goal", "1:0", retry));
        return EncodedEvent.of(NEWS, new NumberedFrame(1, frame), withId, StreamOptions.DEFAULT);
    }

    @ParameterizedTest
    @CsvSource({"0, 500", "499, 500", "500, 500", "2000, 2000", "60000, 60000", "60001, 60000", "86400000, 60000"})
    void aReconnectionTime_isBroughtWithinBounds_whereTheChannelIsAlone(long asked, long granted) {
        for (boolean withId : new boolean[] {true, false}) {
            assertThat(encoded(Duration.ofMillis(asked), withId).alone().toString())
                    .startsWith("event: goal\nretry: %d\ndata: 1:0\n".formatted(granted));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 2_000, 86_400_000})
    void aReconnectionTime_isLeftOut_onStreamsOfOtherChannelsToo(long asked) {
        assertThat(encoded(Duration.ofMillis(asked), true).body().toString()).isEqualTo("event: goal\ndata: 1:0\n");
        assertThat(encoded(Duration.ofMillis(asked), false).body().toString()).isEqualTo("event: goal\ndata: 1:0\n\n");
    }
}
