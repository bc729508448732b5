package io.ssebridge.channel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChannelRulesTest {
    private static ChannelRules rule(String channel, @Nullable String address, @Nullable String header) {
        return new ChannelRules(List.of(new ChannelRule(
                ChannelPattern.of(channel),
                address == null ? null : ChannelPattern.of(address),
                header,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                0)));
    }

    /** One anonymous request for the channel sse.publish made it consume all that services publish. */
    @ParameterizedTest
    @CsvSource({
        "{a}.{b}, {a}.{b}, sse.publish, sse.publish",
        "{a}.{b}, {a}.{b}, sse.history, sse.history",
        "{a}.{b}.{c}, {a}.{b}.{c}, sse.node.4711, sse.node.4711",
        "{a}.{b}.{c}.{d}, {a}.{b}.{c}.{d}, sse.node.4711.announcements, sse.node.4711.announcements",
        "{a}, {a}, __vertx, __vertx",
        "{a}, {a}, __vertxreply, __vertxreply",
        "{a}.{b}.{c}, {a}.{b}.{c}, __vertx.reply.1, __vertx.reply.1",
        "x.{a}.{b}, {a}.{b}, x.sse.publish, sse.publish",
        "x.{a}.{b}, {b}.{a}, x.publish.sse, sse.publish",
        "{a}.x, {a}.publish, sse.x, sse.publish",
        "x.{a}, {a}, x.__vertx, __vertx",
        "{b}.x.{a}, {a}.y.{b}, y.x.sse, sse.y.y",
    })
    void aNameThatFillsTheAddressToAReservedOne_isRefusedByName(
            String channel, String address, String name, String filled) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> rule(channel, address, null).find(new ChannelName(name)))
                .withMessage(
                        "channel \"%s\": its address %s is reserved (expected: none that begins with sse. or __vertx)",
                        name, filled);
    }

    /** Vert.x compares addresses letter by letter: these are other addresses, even if they look the same. */
    @ParameterizedTest
    @CsvSource({
        "{a}, {a}, sse",
        "{a}.{b}, {a}.{b}, SSE.publish",
        "{a}.{b}, {a}.{b}, Sse.publish",
        "{a}.{b}, {a}.{b}, \u017f\u017fe.publish",
        "{a}.{b}, {a}.{b}, \uff53\uff53\uff45.publish",
        "{a}.{b}, {a}.{b}, sse\u200b.publish",
        "{a}.{b}, {a}.{b}, \ufeffsse.publish",
        "{a}.{b}, {a}.{b}, ' sse.publish'",
        "{a}.{b}, {a}.{b}, sse\uff0epublish.x",
        "{a}.{b}, {a}.{b}, ssex.publish",
        "{a}.{b}, {a}.{b}, x.sse",
        "{a}.{b}, {a}.{b}, _vertx.reply",
        "{a}.{b}, x.{a}.{b}, sse.publish",
        "{a}.{b}, x.{a}.{b}, __vertx.reply",
        "x.{a}, {a}, x.sse",
    })
    void anyOtherAddress_isNotReserved(String channel, String address, String name) {
        assertThat(rule(channel, address, null).find(new ChannelName(name))).isPresent();
    }

    @Test
    void aChannelWithoutAnAddressOfItsOwn_mayHaveAnyName() {
        assertThat(rule("**", null, null).find(new ChannelName("sse.publish"))).isPresent();
        assertThat(rule("{a}.**", "fleet", "channel").find(new ChannelName("sse.publish")))
                .isPresent();
    }

    @Test
    void theRuleThatHolds_decides() {
        ChannelRules rules = new ChannelRules(List.of(
                rule("sse.*", null, null).all().get(0),
                rule("{a}.{b}", "{a}.{b}", null).all().get(0)));

        assertThat(rules.find(new ChannelName("sse.publish")))
                .contains(rules.all().get(0));
    }

    @Test
    void aRuleThatNoConfigurationExpresses_isNotWrittenAsAnother() {
        assertThatIllegalStateException()
                .isThrownBy(() -> rule("jobs", null, null).toJson())
                .withMessage(
                        "channel jobs: no address (expected: an address, or a wildcard in the channel; a configured"
                                + " rule without both has the channel as its address)");
    }

    @Test
    void boundsOfTheConfiguration_holdForRulesOfCodeToo() {
        ChannelPattern jobs = ChannelPattern.of("jobs");

        assertThatIllegalArgumentException()
                .isThrownBy(() -> new ChannelRule(
                        jobs,
                        jobs,
                        null,
                        Requirement.PUBLIC,
                        Requirement.PUBLIC,
                        Retention.DEFAULT,
                        Duration.ofSeconds(2),
                        0))
                .withMessage("linger: 2s (expected: a duration from 0ms to 1s)");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new Retention(256, Duration.ofDays(31)))
                .withMessage("history.ttl: 31d (expected: a duration from 1ms to 30d)");
    }
}
