package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OriginsTest {
    private static final Origins NONE_LISTED = new Origins(Set.of());

    @ParameterizedTest
    @ValueSource(
            strings = {"http://localhost:3000", "http://127.0.0.1:5173", "http://[::1]", "https://app.localhost:3000"})
    void inDemoMode_pagesOfAllServersOfThisMachineMayAct(String origin) {
        assertThat(NONE_LISTED.withLoopback().allows(origin, "localhost:8080", false))
                .isTrue();
        assertThat(NONE_LISTED.allows(origin, "localhost:8080", false)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "http://localhost.evil.example",
                "http://evil.example",
                "capacitor://localhost",
                "http://127.0.0.1.evil.example",
                "null",
                "http://localhost@evil.example",
                "http://127.0.0.256"
            })
    void inDemoMode_pagesOfOtherMachinesMayNot(String origin) {
        assertThat(NONE_LISTED.withLoopback().allows(origin, "localhost:8080", false))
                .isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "https://app.example, app.example",
        "https://app.example, app.example:443",
        "https://app.example:443, app.example",
        "http://app.example, app.example:80",
        "http://app.example:8080, app.example:8080",
        "https://APP.example, app.EXAMPLE",
        "http://my_service:8080, my_service:8080",
        "http://127.0.0.1:8080, 127.0.0.1:8080",
        "http://[::1]:8080, [::1]:8080",
        "http://[2001:DB8::1], [2001:db8::1]",
    })
    void theOriginOfTheHost_isOurs(String origin, String host) {
        assertThat(NONE_LISTED.allows(origin, host, false)).isTrue();
    }

    @ParameterizedTest
    @CsvSource({
        "https://evil.example, app.example",
        "https://app.example.evil.example, app.example",
        "https://app.example, app.example:8443",
        "http://app.example, app.example:443",
        "https://app.example:8080, app.example",
        "http://[::1]:8080, [::1]:8081",
        "http://[::1], ::1",
        "null, app.example",
        "'', ''",
        "app.example, app.example",
        "//app.example, app.example",
        "https://, ''",
        "https://app.example/, app.example",
        "https://app.example/x, app.example",
        "https://app.example?x, app.example",
        "https://user@app.example, app.example",
        "https://app.example@evil.example, app.example",
        "https://app.example:, app.example",
        "https://app.example:x, app.example",
        "https://app.example:65979, app.example",
        "http://app.example:65536, app.example:65536",
        "'https://app.example https://evil.example', app.example",
        "' https://app.example', app.example",
        "capacitor://localhost, localhost",
        "https://app.example, 'app.example, evil.example'",
    })
    void anyOtherOrigin_isNotOurs(String origin, String host) {
        assertThat(NONE_LISTED.allows(origin, host, false)).isFalse();
    }

    @Test
    void withoutAHost_nothingIsOurs() {
        assertThat(NONE_LISTED.allows("https://app.example", null, false)).isFalse();
    }

    @Test
    void aListedOrigin_isAllowedOnAnyHost() {
        Origins origins = Origins.of(
                "cors.origins", List.of("https://app.example", "http://localhost:3000", "capacitor://localhost"));

        assertThat(origins.allows("https://app.example", "bridge.example", false))
                .isTrue();
        assertThat(origins.allows("http://localhost:3000", null, false)).isTrue();
        assertThat(origins.allows("capacitor://localhost", "bridge.example", false))
                .isTrue();
        assertThat(origins.allows("http://app.example", "bridge.example", false))
                .isFalse();
        assertThat(origins.allows("https://app.example:3000", "bridge.example", false))
                .isFalse();
        assertThat(origins.allows("http://localhost", "bridge.example", false)).isFalse();
        assertThat(origins.allows("null", "bridge.example", false)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*",
                "null",
                "",
                "app.example",
                "https://app.example/",
                "https://*.example",
                "https://App.example",
                "https://app.example:443"
            })
    void originsThatNoBrowserSends_cannotBeListed(String origin) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Origins.of("cors.origins", List.of("https://other.example", origin)))
                .withMessageStartingWith("cors.origins[1]: \"" + origin + "\" (expected: ");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "LocalHost:8080",
                "app.localhost",
                "a.b.localhost:80",
                "127.0.0.1",
                "127.0.0.1:8080",
                "127.255.1.20",
                "[::1]",
                "[::1]:8080"
            })
    void aNameOfThisMachine_isLoopback(String host) {
        assertThat(Origins.isLoopbackName(host)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.0.0.1.nip.io:8080",
                "evil-localhost",
                ".localhost",
                "a..localhost",
                "localhost.",
                "localhost:",
                "localhost:x",
                "localhost:99999",
                "user@localhost",
                "localhost, evil.example",
                "localhost/x",
                "127.1",
                "127.0.0.256",
                "127.0.0.01",
                "128.0.0.1",
                "0.0.0.0",
                "2130706433",
                "::1",
                "[::]",
                "[::ffff:127.0.0.1]",
                "[::1"
            })
    void anyOtherName_isNotLoopback(String host) {
        assertThat(Origins.isLoopbackName(host)).isFalse();
    }

    @Test
    void aHostOf8000Labels_overflowsNoStack() {
        String labels = "a.".repeat(8_000);

        assertThat(Origins.isLoopbackName(labels + "localhost")).isTrue();
        assertThat(Origins.isLoopbackName(labels + "example")).isFalse();
        assertThat(Origins.isLoopbackName(labels + "." + "localhost")).isFalse();
        assertThat(NONE_LISTED.allows("https://" + labels + "example", labels + "example", false))
                .isTrue();
    }

    @Test
    void withoutAHost_itIsNotLoopback() {
        assertThat(Origins.isLoopbackName(null)).isFalse();
    }
}
