package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AcceptedTokensTest {
    private static final Grant ALICE = grant("alice");
    private static final Grant BOB = grant("bob");
    private static final Grant CAROL = grant("carol");

    private final AcceptedTokens tokens = new AcceptedTokens(2);

    private static Grant grant(String subject) {
        return new Grant(subject, List.of(), List.of(), List.of(), Map.of(), Instant.EPOCH);
    }

    @Test
    void aTokenThatWasAdded_isFoundAndNoOther() {
        tokens.add("a", ALICE);

        assertThat(tokens.find("a")).isEqualTo(ALICE);
        assertThat(tokens.find("b")).isNull();
    }

    @Test
    void oneTokenTooMany_displacesTheLeastRecentlyUsed() {
        tokens.add("a", ALICE);
        tokens.add("b", BOB);
        assertThat(tokens.find("a")).isEqualTo(ALICE);

        tokens.add("c", CAROL);

        assertThat(tokens.find("a")).isEqualTo(ALICE);
        assertThat(tokens.find("b")).isNull();
        assertThat(tokens.find("c")).isEqualTo(CAROL);
    }
}
