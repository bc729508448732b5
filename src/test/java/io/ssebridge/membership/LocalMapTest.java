package io.ssebridge.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.FakeClock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LocalMapTest {
    private final FakeClock clock = new FakeClock();
    private final LocalMap<String, Integer> map = new LocalMap<>(clock, Duration.ofSeconds(10), 3);

    @Test
    void anEntry_isWrittenOnConditionsOnly() {
        assertThat(map.putIfAbsent("a", 1).result()).isNull();
        assertThat(map.putIfAbsent("a", 2).result()).isEqualTo(1);
        assertThat(map.replaceIfPresent("a", 2, 3).result()).isFalse();
        assertThat(map.replaceIfPresent("a", 1, 3).result()).isTrue();
        assertThat(map.replaceIfPresent("b", 1, 3).result()).isFalse();
        assertThat(map.removeIfPresent("a", 1).result()).isFalse();
        assertThat(map.get("a").result()).isEqualTo(3);
        assertThat(map.removeIfPresent("a", 3).result()).isTrue();
        assertThat(map.get("a").result()).isNull();
    }

    @Test
    void anEntry_isThereForItsTime_sinceItWasWrittenLast() {
        put("a", 1);
        put("b", 1);
        clock.pass(Duration.ofSeconds(9));
        put("a", 2);
        clock.pass(Duration.ofSeconds(1));

        assertThat(map.keys().result()).containsExactly("a");
        assertThat(map.getAll(Set.of("a", "b", "c")).result()).isEqualTo(Map.of("a", 2));
    }

    @Test
    void anEntryWithATimeOfItsOwn_isThereForThisTime() {
        assertThat(map.put("a", 1, Duration.ofSeconds(2)).succeeded()).isTrue();
        put("b", 1);
        clock.pass(Duration.ofSeconds(2));

        assertThat(map.keys().result()).containsExactly("b");
    }

    @Test
    void entriesWithTheSameEndOfTheirKeys_areRead() {
        put("a@1", 1);
        put("b@1", 2);
        put("c@11", 3);

        assertThat(map.entriesIn("1").result()).isEqualTo(Map.of("a@1", 1, "b@1", 2));
    }

    @Test
    void entriesThatAreGone_areNotReadAtTheirPlaceAnyMore() {
        put("a@1", 1);
        put("b@1", 2);
        clock.pass(Duration.ofSeconds(9));
        put("b@1", 3);
        put("c@1", 4);
        assertThat(map.remove("c@1").succeeded()).isTrue();
        clock.pass(Duration.ofSeconds(1));
        assertThat(map.entriesIn("1").result()).isEqualTo(Map.of("b@1", 3));

        put("d@2", 1);
        put("e@2", 1);
        put("f@2", 1);
        assertThat(map.entriesIn("1").result()).isEmpty();
    }

    /** A key that counts its uses. */
    private static final class Counted {
        private static int uses;

        private final String text;

        private Counted(String text) {
            this.text = text;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            uses++;
            return other instanceof Counted counted && text.equals(counted.text);
        }

        @Override
        public int hashCode() {
            uses++;
            return text.hashCode();
        }

        @Override
        public String toString() {
            uses++;
            return text;
        }
    }

    @Test
    void readingAPartition_costsItsOwnEntries_howeverManyThereAre() {
        LocalMap<Counted, Integer> large = new LocalMap<>(clock);
        for (int i = 0; i < 10_000; i++) {
            assertThat(large.put(new Counted("a@" + i), i).succeeded()).isTrue();
        }
        Counted.uses = 0;

        assertThat(large.entriesIn("4711").result()).containsValue(4711).hasSize(1);
        assertThat(Counted.uses).isLessThan(10);
    }

    @Test
    void moreThanAreAllowed_areDropped_theOldestFirst() {
        put("a", 1);
        put("b", 1);
        put("c", 1);
        put("a", 2);
        put("d", 1);

        assertThat(map.keys().result()).containsExactlyInAnyOrder("a", "c", "d");
    }

    private void put(String key, int value) {
        assertThat(map.put(key, value).succeeded()).isTrue();
    }
}
