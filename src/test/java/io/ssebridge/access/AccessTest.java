package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
    private static final ChannelName CHANNEL = new ChannelName("users.alice.inbox");

    private static ChannelRule rule(Requirement subscribe, Requirement publish) {
        return new ChannelRule(
                ChannelPattern.of("users.{sub}.inbox"),
                null,
                null,
                subscribe,
                publish,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                0);
    }

    private static Requirement requirement(String name) {
        return name.startsWith("role")
                ? Requirement.role("admin")
                : new Requirement(Requirement.Kind.valueOf(name.toUpperCase(Locale.ROOT)), null);
    }

    private static Grant grant(String subject, List<ChannelPattern> patterns, Map<String, Object> properties) {
        return new Grant(subject, patterns, patterns, List.of(), properties, Instant.EPOCH);
    }

    private static @Nullable Grant caller(String name) {
        return switch (name) {
            case "anonymous" -> null;
            case "granted" -> grant("bob", List.of(ChannelPattern.of("users.*.inbox")), Map.of());
            case "grantedOwn" -> grant("alice", List.of(ChannelPattern.of("users.{sub}.inbox")), Map.of());
            case "grantedElsewhere" -> grant("bob", List.of(ChannelPattern.of("users.{sub}.inbox")), Map.of());
            case "owner" -> grant("alice", List.of(), Map.of());
            case "admin" -> grant("carol", List.of(), Map.of("role", "admin"));
            case "editor" -> grant("dora", List.of(), Map.of("role", "editor"));
            case "roles" -> grant("eve", List.of(), Map.of("role", List.of("admin")));
            default -> throw new AssertionError(name);
        };
    }

    private static String status(Decision decision) {
        if (decision instanceof Decision.Allowed) {
            return "ok";
        }
        return decision instanceof Decision.TokenNeeded ? "401" : "403";
    }

    @ParameterizedTest
    @CsvSource(textBlock = """
            # requirement, anonymous, granted, grantedOwn, grantedElsewhere, owner, admin, editor, roles
            public,        ok,        ok,      ok,         ok,               ok,    ok,    ok,     ok
            authenticated, 401,       ok,      ok,         ok,               ok,    ok,    ok,     ok
            granted,       401,       ok,      ok,         403,              403,   403,   403,    403
            owner,         401,       403,     ok,         403,              ok,    403,   403,    403
            role,          401,       403,     403,        403,              403,   ok,    403,    403
            none,          403,       403,     403,        403,              403,   403,   403,    403
            """)
    void eachRequirement_admitsTheRightTokens(
            String requirement,
            String anonymous,
            String granted,
            String grantedOwn,
            String grantedElsewhere,
            String owner,
            String admin,
            String editor,
            String roles) {
        Map<String, String> expected = Map.of(
                "anonymous", anonymous,
                "granted", granted,
                "grantedOwn", grantedOwn,
                "grantedElsewhere", grantedElsewhere,
                "owner", owner,
                "admin", admin,
                "editor", editor,
                "roles", roles);
        expected.forEach((caller, status) -> {
            ChannelRule toSubscribe = rule(requirement(requirement), Requirement.NONE);
            ChannelRule toPublish = rule(Requirement.NONE, requirement(requirement));
            assertThat(status(Access.subscribe(toSubscribe, CHANNEL, caller(caller))))
                    .as("%s subscribes where %s", caller, requirement)
                    .isEqualTo(status);
            assertThat(status(Access.publish(toPublish, CHANNEL, caller(caller), false)))
                    .as("%s publishes where %s", caller, requirement)
                    .isEqualTo(status);
        });
    }

    @Test
    void oneRight_doesNotGiveTheOther() {
        ChannelRule rule = rule(Requirement.GRANTED, Requirement.GRANTED);
        List<ChannelPattern> all = List.of(ChannelPattern.of("**"));
        Grant reader = new Grant("bob", all, List.of(), List.of(), Map.of(), Instant.EPOCH);
        Grant writer = new Grant("bob", List.of(), all, List.of(), Map.of(), Instant.EPOCH);
        Grant admin = new Grant("bob", List.of(), List.of(), all, Map.of(), Instant.EPOCH);

        assertThat(status(Access.subscribe(rule, CHANNEL, reader))).isEqualTo("ok");
        assertThat(status(Access.publish(rule, CHANNEL, reader, false))).isEqualTo("403");
        assertThat(status(Access.subscribe(rule, CHANNEL, writer))).isEqualTo("403");
        assertThat(status(Access.publish(rule, CHANNEL, writer, false))).isEqualTo("ok");
        assertThat(status(Access.subscribe(rule, CHANNEL, admin))).isEqualTo("403");
        assertThat(status(Access.publish(rule, CHANNEL, admin, false))).isEqualTo("403");
    }

    @ParameterizedTest
    @ValueSource(strings = {"alice.inbox", "*", "{sub}", "al\u0007ice"})
    void aSubjectThatIsNotASegment_isToldThatItOwnsNothing(String subject) {
        Grant caller = grant(subject, List.of(ChannelPattern.of("users.{sub}.inbox")), Map.of());

        for (Requirement requirement : List.of(Requirement.OWNER, Requirement.GRANTED)) {
            Decision decision = Access.subscribe(rule(requirement, Requirement.NONE), CHANNEL, caller);

            assertThat(decision)
                    .isInstanceOfSatisfying(
                            Decision.Forbidden.class,
                            forbidden -> assertThat(forbidden.reason()).contains("can own no channel"));
        }
    }

    @Test
    void aSubjectThatIsNotASegment_isNotBlamedForAPatternThatIsMissing() {
        Grant caller = grant("a.b", List.of(ChannelPattern.of("devices.{sub}")), Map.of());

        Decision decision = Access.subscribe(rule(Requirement.GRANTED, Requirement.NONE), CHANNEL, caller);

        assertThat(decision).isEqualTo(new Decision.Forbidden("the token's patterns do not cover the channel"));
    }
}
