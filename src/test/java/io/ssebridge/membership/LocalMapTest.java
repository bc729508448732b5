package io.ssebridge.membership;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.FakeClock;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
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
    void entriesWithTheSameEndOfTheirKeys_areRead() {
        put("a@1", 1);
        put("b@1", 2);
        put("c@11", 3);

        assertThat(map.entriesAt("1").result()).isEqualTo(Map.of("a@1", 1, "b@1", 2));
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
