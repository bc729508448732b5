package io.ssebridge.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.BridgeOptions;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.NodeSetup;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A rule with {@code presenceOf} works for all its channels, or the node does not start. */
class PresenceRuleTest {
    private static ChannelRules rules(String... rules) {
        String yaml = "auth: {jwt: {secret: \"%s\"}}\nchannels:\n  - {%s}\n"
                .formatted(NodeSetup.SECRET, String.join("}\n  - {", rules));
        return new Configuration("test", yaml, Overrides.NONE)
                .read(BridgeOptions::from)
                .channels();
    }

    private static void assertRefused(String message, String... rules) {
        assertThatThrownBy(() -> rules(rules)).hasMessageContaining(message);
    }

    @Test
    void aRuleWithPresenceOf_belongsToTheChannelsWithTheSameVariables() {
        ChannelRules rules = rules(
                "channel: \"rooms.{room}.presence\", presenceOf: \"rooms.{room}\"",
                "channel: \"rooms.*\", presence: members",
                "channel: \"**\"");
        assertThat(rules.presenceChannels(new ChannelName("rooms.1")))
                .isEqualTo(List.of(new ChannelName("rooms.1.presence")));
        assertThat(rules.presenceChannels(new ChannelName("rooms.1.presence"))).isEmpty();
        assertThat(rules.presenceChannels(new ChannelName("rooms." + "x".repeat(245))))
                .isEmpty();
        assertThat(rules.isOfPresence(new ChannelName("rooms.1.presence"))).isTrue();
        assertThat(rules.isOfPresence(new ChannelName("rooms.1"))).isFalse();
        ChannelRule rule = rules.find(new ChannelName("rooms.1.presence")).orElseThrow();
        assertThat(rule.address()).isNull();
        assertThat(rule.publish()).isEqualTo(Requirement.NONE);
        assertThat(rule.toJson().getString("presenceOf")).isEqualTo("rooms.{room}");
    }

    @Test
    void aRuleThatCannotWork_isRefusedAtTheStart() {
        String presence = "channel: \"rooms.{room}.presence\", presenceOf: \"rooms.{room}\"";
        assertRefused("channels[0].presenceOf: rooms.{room} (expected: one rule covers", presence);
        assertRefused("one rule covers", presence, "channel: rooms.1, presence: members", "channel: \"rooms.*\"");
        assertRefused("has presence: members", presence, "channel: \"rooms.{room}\"");
        assertRefused("has presence: members", presence, "channel: \"rooms.*\", presence: members, lifecycle: false");
        assertRefused(
                "channels[1].channel: rooms.{room}.presence may match channels[0] too",
                "channel: \"rooms.**\", presence: members",
                presence);
        String members = "channel: \"rooms.{room}\", presence: members";
        assertRefused("presenceOf: rooms.{other}", presence.replace("rooms.{room}\"", "rooms.{other}\""), members);
        assertRefused("presenceOf: rooms.*", "channel: a, presenceOf: \"rooms.*\"", members);
        assertRefused("address: x.{room} (expected: none", presence + ", address: \"x.{room}\"", members);
        assertRefused("publish: granted (expected: none", presence + ", publish: granted", members);
        assertRefused("presence: \"all\" (expected: none, count or members)", "channel: a, presence: all");
    }

    @ParameterizedTest
    @CsvSource({
        "**, a, true",
        "**, a.**, true",
        "a.**, a.{x}.*, true",
        "a.**, a, false",
        "a.**, b.c, false",
        "a.**, *.c, false",
        "a.{x}, a.*, true",
        "a.*, a.b, true",
        "a.b, a.*, false",
        "a.*, a.**, false",
        "a.*, a.b.c, false",
        "a.*, a, false",
        "a.b.**, a.**, false",
    })
    void aPattern_coversAnotherOneThatMatchesNoOtherName(String pattern, String other, boolean covers) {
        assertThat(ChannelPattern.of(pattern).covers(ChannelPattern.of(other))).isEqualTo(covers);
    }
}
