package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a running node says about other options, without taking them. */
class OptionsChangesTest {
    private static final String OLD_SECRET = "the old secret for tests, 32 bytes or more";
    private static final String NEW_SECRET = "the new secret for tests, 32 bytes or more";
    private static final String RULES = "[{channel: news}, {channel: 'rooms.{room}'}]";

    private static BridgeOptions options(String yaml) {
        String all = yaml + (yaml.contains("auth:") ? "" : "\nauth: {jwt: {secret: '%s'}}".formatted(OLD_SECRET));
        return new Configuration("test", all, Overrides.NONE).read(BridgeOptions::from);
    }

    private static List<String> changes(String before, String after) {
        return OptionsChanges.between(options(before), options(after));
    }

    private static List<String> ruleChanges(String before, String after) {
        return changes("channels: " + before, "channels: " + after);
    }

    private static void assertRefused(String before, String after, String message) {
        assertThatThrownBy(() -> ruleChanges(before, after)).hasMessage(message);
    }

    @Test
    void theSameOptions_areNoChange() {
        assertThat(ruleChanges(RULES, RULES)).isEmpty();
    }

    @Test
    void changedKeys_areNamed_andTheirValuesAreNotShown() {
        List<String> changes = changes(
                "",
                "auth: {jwt: {secrets: ['%s', '%s']}}\nlimits: {subscribers: 5}\nhttp: {cors: {origins: ['https://a.example']}}"
                        .formatted(NEW_SECRET, OLD_SECRET));

        assertThat(changes)
                .containsExactly("auth.jwt.secret", "auth.jwt.secrets", "http.cors.origins", "limits.subscribers");
    }

    @Test
    void keysThatAreReadAtTheStartOnly_areRefusedTogether() {
        assertThatThrownBy(
                        () -> changes("", "http: {port: 81, path: /a/}\ncluster: {name: b}\nlimits: {subscribers: 5}"))
                .hasMessage(
                        "cluster.name, http.path, http.port: needs a restart (expected: as at the start of the node)");
    }

    @Test
    void changedRules_areNamedByTheirPatterns() {
        assertThat(ruleChanges(RULES, "[{channel: news, subscribe: public, history: {ttl: 1h}}, {channel: jobs}]"))
                .containsExactly(
                        "channels[news]: history.ttl, subscribe",
                        "channels[jobs]: new",
                        "channels[rooms.{room}]: gone");
    }

    @Test
    void theOrderOfRules_isAChange() {
        assertThat(ruleChanges("[{channel: a.b}, {channel: 'a.{x}'}]", "[{channel: 'a.{x}'}, {channel: a.b}]"))
                .containsExactly("channels: their order");
    }

    @Test
    void anotherSizeOfAHistory_isRefused() {
        assertRefused(
                "[{channel: news}]",
                "[{channel: news, history: {size: 64}}]",
                "channels[0].history.size: another one for channels of news needs a restart (found: 64, expected: 256 as before)");
        assertRefused(
                "[{channel: news}]",
                "[{channel: news, history: none}]",
                "channels[0].history.size: another one for channels of news needs a restart (found: none, expected: 256 as before)");
    }

    // Channels of the new rule may be in use by the other one.
    @Test
    void aNewRuleBeforeACatchAll_keepsTheSizeOfItsHistory() {
        assertThat(ruleChanges("[{channel: '**'}]", "[{channel: news}, {channel: '**'}]"))
                .containsExactly("channels[news]: new");
        assertRefused(
                "[{channel: '**'}]",
                "[{channel: news, history: {size: 64}}, {channel: '**'}]",
                "channels[0].history.size: another one for channels of news needs a restart (found: 64, expected: 256 as before)");
    }

    // An earlier rule has taken these channels, before and after.
    @Test
    void rulesOfOtherSizes_mayOverlap_ifTheyNeverApplyToTheSameChannel() {
        assertThat(ruleChanges(
                        "[{channel: news, history: {size: 64}}, {channel: '**'}]",
                        "[{channel: news, history: {size: 64}, subscribe: public}, {channel: '**'}]"))
                .containsExactly("channels[news]: subscribe");
    }

    @Test
    void aChannelThatBecomesPersonalised_isRefused() {
        assertRefused(
                "[{channel: 'prices.**'}]",
                "[{channel: 'prices.**', personalize: {by: [tier], address: prices.personal}}]",
                "channels[0].personalize: another one for channels of prices.** needs a restart");
    }
}
