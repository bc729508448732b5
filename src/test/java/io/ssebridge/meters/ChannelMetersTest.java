package io.ssebridge.meters;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.channel.RuleHooks;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ChannelMetersTest {
    private final SimpleMeterRegistry registry = new SimpleMeterRegistry();

    private static ChannelRule rule(String channel, boolean metrics) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                0,
                PresenceRule.DEFAULT,
                null,
                null,
                RuleHooks.NONE,
                metrics);
    }

    private ChannelMeters meters(ChannelRule... rules) {
        return new ChannelMeters(new ChannelRules(List.of(rules)), registry);
    }

    private List<String> labels() {
        return registry.getMeters().stream()
                .map(Meter::getId)
                .map(id -> String.valueOf(id.getTag("channel")))
                .distinct()
                .sorted()
                .toList();
    }

    private static ChannelMeter found(ChannelMeters meters, String name) {
        return Objects.requireNonNull(meters.find(new ChannelName(name)));
    }

    @Test
    void onlyARuleThatAsksForIt_namesItsChannels() {
        ChannelMeters meters = meters(rule("news", false), rule("scores", true), rule("rooms.{id}", true));

        assertThat(meters.find(new ChannelName("news"))).isNull();
        assertThat(meters.find(new ChannelName("without.any.rule"))).isNull();
        found(meters, "scores").appended(2);
        assertThat(found(meters, "rooms.1")).isSameAs(found(meters, "rooms.1"));
        assertThat(labels()).containsExactly("rooms.1", "scores");
        assertThat(registry.get("sse.channel.events.appended")
                        .tag("channel", "scores")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    /** Clients choose these names, so their number has no limit. */
    @Test
    void channelsBeyondTheBound_areCountedTogether_butNotThoseThatARuleNames() {
        ChannelMeters meters = meters(rule("last", true), rule("rooms.{id}", true), rule("logs.**", true));
        IntStream.range(0, 10_000)
                .forEach(i ->
                        found(meters, i % 2 == 0 ? "rooms." + i : "logs.a." + i).subscribers(1));

        assertThat(found(meters, "last")).isNotSameAs(found(meters, "rooms.9998"));
        assertThat(found(meters, "rooms.9998")).isSameAs(found(meters, "logs.a.9999"));
        assertThat(found(meters, "rooms.0")).isNotSameAs(found(meters, "rooms.9998"));
        assertThat(labels())
                .hasSize(ChannelMeters.MAX_NAMES + 2)
                .contains("last", "rooms.0", "logs.a.99", ChannelMeters.OTHERS)
                .doesNotContain("rooms.100");
        assertThat(registry.get("sse.channel.subscribers")
                        .tag("channel", ChannelMeters.OTHERS)
                        .gauge()
                        .value())
                .isEqualTo(10_000 - ChannelMeters.MAX_NAMES);
    }
}
