package io.ssebridge.channel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelPatternTest {
    @ParameterizedTest
    @CsvSource({
        "a, a, true",
        "a, a.b, false",
        "a.b, a, false",
        "a.b, a.bc, false",
        "a.bc, a.b, false",
        "a.*, a.b, true",
        "a.*, a, false",
        "a.*, a.b.c, false",
        "a.{x}, a.b, true",
        "a.{x}, a.b.c, false",
        "*.b, a.b, true",
        "a.**, a, false",
        "a.**, a.b, true",
        "a.**, a.b.c, true",
        "a.**, ab.c, false",
        "**, a, true",
    })
    void aPattern_matchesWholeSegments(String pattern, String name, boolean matches) {
        assertThat(ChannelPattern.of(pattern).matches(new ChannelName(name))).isEqualTo(matches);
    }

    @ParameterizedTest
    @CsvSource({"users.bob.x, true", "users.bobby.x, false", "users.bo.x, false", "users.bob, false"})
    void theSubject_standsForItselfAlone(String name, boolean matches) {
        assertThat(ChannelPattern.of("users.{sub}.**").matches(new ChannelName(name), "bob"))
                .isEqualTo(matches);
    }
}
