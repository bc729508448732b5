package io.ssebridge.bus;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.testing.FakeClock;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class NewChannelLimitTest {
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeClock clock = new FakeClock();
    private final NewChannelLimit limit = new NewChannelLimit(3, clock);

    private static List<ChannelName> names(String... names) {
        return Stream.of(names).map(ChannelName::new).toList();
    }

    @Test
    void aClientAtItsLimit_isToldWhenTheMinuteEnds() {
        assertThat(limit.take("a", names("n1", "n2"))).isZero();
        assertThat(limit.take("a", names("n3"))).isZero();
        clock.pass(Duration.ofSeconds(20));
        assertThat(limit.take("a", names("n4"))).isEqualTo(Duration.ofSeconds(40));
        assertThat(limit.take("b", names("n4"))).isZero();
        clock.pass(Duration.ofSeconds(40));
        assertThat(limit.take("a", names("n5"))).isZero();
    }

    @Test
    void manyClientsOfOneAddressThatOpenTheSameNewChannel_countOnce() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(limit.take("proxy", names("same"))).isZero();
        }
        assertThat(limit.take("proxy", names("same", "n1"))).isZero();
        assertThat(limit.take("proxy", names("n2"))).isZero();
        assertThat(limit.take("proxy", names("n3"))).isEqualTo(MINUTE);
        assertThat(limit.take("proxy", names("same"))).isZero();
    }

    @Test
    void aRequestForManyChannels_mayExceedTheLimitOnce() {
        assertThat(limit.take("a", names("n1", "n2", "n3", "n4", "n5"))).isZero();
        assertThat(limit.take("a", names("n6"))).isEqualTo(MINUTE);
    }

    @Test
    void noNewChannel_countsNothing() {
        assertThat(limit.take("a", names("n1", "n2", "n3"))).isZero();
        assertThat(limit.take("a", List.of())).isZero();
    }

    @Test
    void namesBeyondTheBound_countEachTime() {
        NewChannelLimit wide = new NewChannelLimit(10_002, clock);
        assertThat(wide.take(
                        "a",
                        IntStream.range(0, 10_000)
                                .mapToObj(i -> new ChannelName("n" + i))
                                .toList()))
                .isZero();
        assertThat(wide.take("a", names("more"))).isZero();
        assertThat(wide.take("a", names("more"))).isZero();
        assertThat(wide.take("a", names("more"))).isEqualTo(MINUTE);
        assertThat(wide.take("a", names("n7"))).isZero();
    }
}
