package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.Stamp;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventStampTest {
    private static final Stamp STAMP = new Stamp("from", List.of("color", "level"));
    private static final Profile ALICE = Profile.of("alice", Map.of("color", "teal", "level", 3, "secret", "x"));

    private static String stamped(String json, Profile publisher) {
        return EventStamp.apply(STAMP, Event.publishedJson("say", json, null), publisher)
                .data();
    }

    @Test
    void thePublisher_isWrittenBesideTheDataAndIntoIt() {
        Event event = Event.publishedJson("say", "{\"text\":\"hi\"}", Duration.ofSeconds(1))
                .ending()
                .withSelector(Selector.to(Map.of("role", "admin")));

        Event stamped = EventStamp.apply(STAMP, event, ALICE);

        assertThat(stamped.from()).isEqualTo("alice");
        assertThat(stamped.data()).isEqualTo("{\"text\":\"hi\",\"from\":\"alice\",\"color\":\"teal\",\"level\":3}");
        assertThat(stamped.attributes().end()).isTrue();
        assertThat(stamped.selector()).isEqualTo(event.selector());
        assertThat(stamped.retry()).isEqualTo(event.retry());
        assertThat(stamped.name()).isEqualTo("say");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"from\":\"bob\",\"text\":\"hi\"}",
                "{\"text\":\"hi\",\"from\":{\"from\":[1,{\"a\":2}]}}",
                "{\"color\":\"red\",\"text\":\"hi\",\"fr\\u006fm\":\"bob\",\"level\":null}"
            })
    void aClaim_isOverwritten(String json) {
        assertThat(stamped(json, ALICE))
                .isEqualTo("{\"text\":\"hi\",\"from\":\"alice\",\"color\":\"teal\",\"level\":3}");
    }

    @Test
    void aClaimOfAnAnonymousPublisher_isRemoved() {
        assertThat(stamped("{\"from\":\"bob\",\"text\":\"hi\",\"color\":\"red\"}", Profile.ANONYMOUS))
                .isEqualTo("{\"text\":\"hi\"}");
        assertThat(EventStamp.apply(STAMP, Event.published(null, "hi", null), Profile.ANONYMOUS)
                        .from())
                .isNull();
    }

    @Test
    void allOtherData_staysDigitForDigit() {
        assertThat(stamped("{\"n\":1.10,\"m\":12345678901234567890123,\"in\":{\"from\":\"x\"}}", Profile.ANONYMOUS))
                .isEqualTo("{\"n\":1.10,\"m\":12345678901234567890123,\"in\":{\"from\":\"x\"}}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{\"from\":\"bob\"}]", "1.10", "null", "true"})
    void dataThatIsNotAnObject_staysAsItIs(String json) {
        Event stamped = EventStamp.apply(STAMP, Event.publishedJson(null, json, null), ALICE);

        assertThat(stamped.data()).isEqualTo(json);
        assertThat(stamped.from()).isEqualTo("alice");
    }

    @Test
    void aText_staysAsItIs_alsoIfItLooksLikeJson() {
        Event stamped = EventStamp.apply(STAMP, Event.published(null, "{\"from\":\"bob\"}", null), ALICE);

        assertThat(stamped.data()).isEqualTo("{\"from\":\"bob\"}");
        assertThat(stamped.from()).isEqualTo("alice");
        assertThat(stamped.isJson()).isFalse();
    }
}
