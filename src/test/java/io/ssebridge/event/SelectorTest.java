package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The readers that a selector selects, and the conditions that it takes. */
class SelectorTest {
    private static final Profile ALICE = Profile.of(
            "alice", Map.of("role", "editor", "level", 3, "share", 0.10, "beta", true, "sub", "bob", "digits", "3"));

    private static Map<String, Object> read(String json) {
        return Objects.requireNonNull(SelectorJson.conditions("to", List.of(json)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"sub\":\"alice\"} | true",
                "{\"sub\":\"ALICE\"} | false",
                "{\"sub\":\"bob\"} | false",
                "{\"role\":\"editor\"} | true",
                "{\"role\":\"editor\",\"sub\":\"alice\"} | true",
                "{\"role\":\"editor\",\"sub\":\"bob\"} | false",
                "{\"level\":3} | true",
                "{\"level\":3.0} | true",
                "{\"level\":30e-1} | true",
                "{\"level\":\"3\"} | false",
                "{\"digits\":3} | false",
                "{\"share\":0.1} | true",
                "{\"share\":0.10000000000000001} | false",
                "{\"beta\":true} | true",
                "{\"beta\":\"true\"} | false",
                "{\"unknown\":\"\"} | false",
                "{\"unknown\":false} | false",
            })
    void toAndExcept_compareBySubjectAndProperties(String conditions, boolean meets) {
        assertThat(Selector.to(read(conditions)).selects(ALICE)).isEqualTo(meets);
        assertThat(Selector.except(read(conditions)).selects(ALICE)).isEqualTo(!meets);
        assertThat(new Selector(Map.of("role", "editor"), read(conditions)).selects(ALICE))
                .isEqualTo(!meets);
        assertThat(new Selector(Map.of("role", "other"), read(conditions)).selects(ALICE))
                .isFalse();
    }

    @Test
    void numbersOfEveryType_areEqualIfTheirValuesAre() {
        for (Number number :
                List.<Number>of(3, 3L, (short) 3, 3.0, 3f, BigInteger.valueOf(3), new BigDecimal("3.00"))) {
            assertThat(Selector.to(Map.of("level", number)).selects(ALICE)).isTrue();
            assertThat(Selector.to(Map.of("level", 3)).selects(Profile.of("x", Map.of("level", number))))
                    .isTrue();
        }
    }

    @Test
    void anAnonymousReader_isNeverSelected_andNeverExcluded() {
        assertThat(Selector.to(Map.of("sub", "")).selects(Profile.ANONYMOUS)).isFalse();
        assertThat(Selector.except(Map.of("sub", "")).selects(Profile.ANONYMOUS))
                .isTrue();
        assertThat(EventFilter.ANONYMOUS.maySee(Selector.to(Map.of("sub", "alice"))))
                .isFalse();
        assertThat(EventFilter.EVERYTHING.maySee(Selector.to(Map.of("sub", "alice"))))
                .isTrue();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[] | to: expected an object with texts, numbers and booleans",
                "\"alice\" | to: expected an object with texts, numbers and booleans",
                "null | to: expected an object with texts, numbers and booleans",
                "'' | to: expected an object with texts, numbers and booleans",
                "{} | to: is empty (expected: at least one value)",
                "{\"role\":null} | to: has a value that is not a text, a number or a boolean",
                "{\"role\":[\"a\"]} | to: has a value that is not a text, a number or a boolean",
                "{\"role\":{}} | to: has a value that is not a text, a number or a boolean",
                "{\"a\":1e99999999999} | to: has a number that is out of bounds",
                "{\"a\":1,\"a\":2} | to: malformed JSON",
                "{\"a\":1 | to: malformed JSON",
                "{\"a\":1}} | to: malformed JSON",
                "{\"a\":1}1 | to: has more data after the JSON object",
            })
    void conditionsOfAnotherForm_areRefused(String json, String message) {
        assertThatIllegalArgumentException().isThrownBy(() -> read(json)).withMessage(message);
    }

    static List<Map<String, Object>> wrong() {
        Map<String, Object> many = IntStream.range(0, 17).boxed().collect(Collectors.toMap(i -> "p" + i, i -> i));
        Map<String, Object> none = new HashMap<>();
        none.put("role", null);
        return List.of(
                many,
                none,
                Map.of("x", "y".repeat(1_024)),
                Map.of("\ud800", "x"),
                Map.of("x", "\udc00"),
                Map.of("x", Double.NaN),
                Map.of("x", List.of("y")),
                Map.of("sub", 7));
    }

    @ParameterizedTest
    @MethodSource("wrong")
    void wrongConditions_areRefused(Map<String, Object> conditions) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Selector(conditions, Map.of()))
                .withMessageStartingWith("to");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Selector(Map.of(), conditions))
                .withMessageStartingWith("except");
    }

    @Test
    void twoHeaders_areRefused() {
        assertThat(SelectorJson.conditions("to", List.of())).isNull();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SelectorJson.conditions("to", List.of("{\"a\":1}", "{\"a\":1}")))
                .withMessage("to: 2 headers (expected: one)");
    }

    @Test
    void aProfile_keepsOnlyWhatSelectorsCanName_andIsBounded() {
        Profile profile = Profile.of("alice", Map.of("role", "x", "team", Map.of("name", "y"), "list", List.of(1)));

        assertThat(profile.properties()).isEqualTo(Map.of("role", "x"));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Profile.of("alice", Map.of("p", "x".repeat(4_096))))
                .withMessage("properties: 4097 bytes (expected: at most 4096)");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "open", "error", "stream-open", "a\nb"})
    void aNameThatNoEventCanHave_isRefusedAsAFilter(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new EventFilter(Set.of(name), Profile.ANONYMOUS))
                .withMessageStartingWith("event: ");
    }
}
