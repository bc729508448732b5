package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelPattern;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class AcceptedTokensTest {
    private static final Instant NOW = Instant.parse("2026-11-20T12:00:00Z");
    private static final Instant LATER = NOW.plusSeconds(60);
    private static final Grant ALICE = grant("alice", NOW.plusSeconds(30));
    private static final Grant BOB = grant("bobby", NOW.plusSeconds(90));
    private static final Grant CAROL = grant("carol", NOW.plusSeconds(120));

    private final AcceptedTokens tokens = new AcceptedTokens(2 * GrantWeight.bytes(ALICE));

    private static Grant grant(String subject, Instant expires) {
        return new Grant(subject, List.of(), List.of(), List.of(), Map.of(), expires);
    }

    @Test
    void aTokenThatWasAdded_isFoundAndNoOther() {
        tokens.add("a.a.1", ALICE, NOW);

        assertThat(tokens.find("a.a.1", NOW)).isEqualTo(ALICE);
        assertThat(tokens.find("b.a.1", NOW)).isNull();
        assertThat(tokens.find("a.a.2", NOW)).isNull();
        assertThat(tokens.find("a", NOW)).isNull();
    }

    @Test
    void oneTokenTooMany_displacesTheLeastRecentlyUsed() {
        tokens.add("a.a.1", ALICE, NOW);
        tokens.add("b.b.1", BOB, NOW);
        assertThat(tokens.find("a.a.1", NOW)).isEqualTo(ALICE);

        tokens.add("c.c.1", CAROL, NOW);

        assertThat(tokens.find("a.a.1", NOW)).isEqualTo(ALICE);
        assertThat(tokens.find("b.b.1", NOW)).isNull();
        assertThat(tokens.find("c.c.1", NOW)).isEqualTo(CAROL);
    }

    @Test
    void anotherSignatureOfTheSameWords_replacesTheFirst() {
        tokens.add("a.a.1", ALICE, NOW);
        tokens.add("a.a.2", ALICE, NOW);

        assertThat(tokens.size()).isOne();
        assertThat(tokens.find("a.a.2", NOW)).isEqualTo(ALICE);
        assertThat(tokens.find("a.a.1", NOW)).isNull();
    }

    @Test
    void expiredTokens_areEvictedWhateverIsAskedFor() {
        tokens.add("a.a.1", ALICE, NOW);
        tokens.add("b.b.1", BOB, NOW);

        assertThat(tokens.find("x.x.x", LATER)).isNull();

        assertThat(tokens.size()).isOne();
        assertThat(tokens.find("a.a.1", LATER)).isNull();
        assertThat(tokens.find("b.b.1", LATER)).isEqualTo(BOB);
    }

    @Test
    void aGrantThatIsHeavierThanEverything_isNotKept() {
        List<ChannelPattern> many = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            many.add(ChannelPattern.of("a.b.c." + i));
        }
        tokens.add("a.a.1", new Grant("alice", many, List.of(), List.of(), Map.of(), LATER), NOW);

        assertThat(tokens.size()).isZero();
    }

    @Test
    void tenThousandTokensOf100Patterns_takeNoMoreThanTheBound() {
        int bound = 16 << 20;
        long before = usedBytes();
        AcceptedTokens large = new AcceptedTokens(bound);
        for (int i = 0; i < 10_000; i++) {
            List<ChannelPattern> patterns = new ArrayList<>();
            for (int j = 0; j < 100; j++) {
                patterns.add(ChannelPattern.of("team.%d.room.%d.*".formatted(i, j)));
            }
            large.add("a.%d.1".formatted(i), new Grant("u" + i, patterns, List.of(), List.of(), Map.of(), LATER), NOW);
        }

        assertThat(usedBytes() - before).isLessThan(bound);
        assertThat(large.size()).isGreaterThan(100);
    }

    private static long usedBytes() {
        Runtime runtime = Runtime.getRuntime();
        long used = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            System.gc();
            used = Math.min(used, runtime.totalMemory() - runtime.freeMemory());
        }
        return used;
    }
}
