package io.ssebridge.request;

import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON that is well-formed and too much is not called malformed. */
class JsonLimitsTest {
    @ParameterizedTest
    @ValueSource(strings = {"{\"data\": %s1}", "[{\"data\": [%s1]}]", "{\"retry\": %s1}"})
    void aNumberOf1001Digits_isNamed(String body) {
        assertBeyond(body.formatted("1".repeat(1_000)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"data\": %s", "[%s"})
    void fiftyThousandLevels_areNamedAndOverflowNoStack(String body) {
        assertBeyond(body.formatted("[".repeat(50_000)));
    }

    private static void assertBeyond(String body) {
        assertThatExceptionOfType(Problem.class)
                .isThrownBy(() -> EventReader.read(BodyFormat.JSON, Buffer.buffer(body), 1_000))
                .withMessageStartingWith("body: JSON beyond the limits")
                .withMessageEndingWith("(expected: numbers of at most 1,000 digits, at most 1,000 levels)");
    }
}
