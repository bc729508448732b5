package io.ssebridge.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class OverridesTest {
    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);

    private static int port(String yaml, Map<String, String> environment, Map<String, String> properties) {
        return new Configuration("bridge.yaml", yaml, new Overrides(environment, properties)).read(OverridesTest::port);
    }

    private static int port(Section root) {
        return root.build(() -> root.section("http").quantity(Key.of("port", "A port"), 1, PORTS));
    }

    private static List<String> origins(String json) {
        Overrides overrides = new Overrides(Map.of("SSE_ORIGINS", json), Map.of());
        return new Configuration("bridge.yaml", "origins: [x]", overrides)
                .read(root -> root.build(() -> root.texts(Key.of("origins", "Origins"))));
    }

    @Test
    void theEnvironment_goesBeforeTheFile_andAPropertyBeforeBoth() {
        Map<String, String> environment = Map.of("SSE_HTTP_PORT", "3");
        Map<String, String> properties = Map.of("sse.http.port", "4");

        assertThat(port("", Map.of(), Map.of())).isEqualTo(1);
        assertThat(port("http: {port: 2}", Map.of(), Map.of())).isEqualTo(2);
        assertThat(port("http: {port: 2}", environment, Map.of())).isEqualTo(3);
        assertThat(port("http: {port: 2}", environment, properties)).isEqualTo(4);
    }

    @Test
    void camelCase_becomesUpperCaseWithUnderscores() {
        Overrides overrides = new Overrides(Map.of("SSE_AUTH_ACCESS_TOKEN_PARAMETER", "true"), Map.of());

        assertThat(overrides.has("auth.accessTokenParameter")).isTrue();
    }

    @Test
    void aList_isWrittenAsJson() {
        assertThat(origins("[\"a\", \"015\"]")).containsExactly("a", "015");
        assertThat(origins("[]")).isEmpty();
    }

    @Test
    void aListThatIsNotJson_isRefused() {
        assertThatThrownBy(() -> origins("a,b"))
                .hasMessage("origins: a text (expected: a list, as JSON) in SSE_ORIGINS");
        assertThatThrownBy(() -> origins("[a"))
                .hasMessage("not YAML: expected ',' or ']', but got <stream end> in SSE_ORIGINS:1");
    }

    @Test
    void aTextThatBeginsWithABracket_staysText() {
        Overrides overrides = new Overrides(Map.of("SSE_SECRET", "[se{same"), Map.of());

        Optional<String> secret = new Configuration("bridge.yaml", "", overrides)
                .read(root -> root.build(() -> root.optionalText(Key.of("secret", "A text"))));

        assertThat(secret).contains("[se{same");
    }

    @Test
    void aBadOverride_isRefusedByItsName() {
        assertThatThrownBy(() -> port("", Map.of("SSE_HTTP_PORT", "eighty"), Map.of()))
                .hasMessage("http.port: \"eighty\" (expected: a whole number from 0 to 65535) in SSE_HTTP_PORT");
        assertThatThrownBy(() -> port("", Map.of(), Map.of("sse.http.port", "")))
                .hasMessage("http.port: empty (expected: a text) in -Dsse.http.port");
    }

    @Test
    void variablesThatKubernetesSetsForAService_areIgnoredWithOneWarning() {
        Map<String, String> kubernetes = Map.of(
                "SSE_HTTP_PORT", "tcp://10.0.0.1:80",
                "SSE_HTTP_PORT_80_TCP", "tcp://10.0.0.1:80",
                "SSE_HTTP_PORT_80_TCP_PORT", "80",
                "SSE_HTTP_SERVICE_HOST", "10.0.0.1");

        assertThat(port("http: {port: 2}", kubernetes, Map.of())).isEqualTo(2);
        assertThat(port("", Map.of("SSE_HTTP_PORT", "udp://10.0.0.1:80"), Map.of()))
                .isEqualTo(1);
        assertThat(new Overrides(kubernetes, Map.of()).has("http.port")).isFalse();
        assertThat(warnings(kubernetes))
                .containsExactly(
                        "SSE_HTTP_PORT is ignored: it is a URL as Kubernetes sets it for a service (expected: the value of http.port)",
                        "environment variables that name no key are ignored: SSE_HTTP_PORT_80_TCP,"
                                + " SSE_HTTP_PORT_80_TCP_PORT, SSE_HTTP_SERVICE_HOST");
    }

    @Test
    void aMisspeltVariable_isIgnoredWithAHint() {
        assertThat(warnings(Map.of("SSE_HTTP_PROT", "80", "SSE_HTTPPORT", "80", "SSEHTTP", "80")))
                .containsExactly(
                        "SSE_HTTPPORT names no key and is ignored: did you mean SSE_HTTP_PORT?",
                        "SSE_HTTP_PROT names no key and is ignored: did you mean SSE_HTTP_PORT?");
    }

    private static List<String> warnings(Map<String, String> environment) {
        ConfigReading reading = new ConfigReading(new Overrides(environment, Map.of()));
        int unused = port(new Section(reading, "", Map.of(), true));
        return reading.warnings();
    }

    @Test
    void aVariableThatNamesNoKey_isIgnored() {
        assertThat(port("", Map.of("SSE_BRIDGE_PORT", "tcp://10.0.0.1:80"), Map.of()))
                .isEqualTo(1);
    }

    @Test
    void aPropertyThatNamesNoKey_isRefused() {
        assertThatThrownBy(() -> port("", Map.of(), Map.of("sse.http.prot", "1")))
                .hasMessage("-Dsse.http.prot: unknown key (did you mean -Dsse.http.port?)");
        assertThatThrownBy(() -> port("", Map.of(), Map.of("sse.http", "{port: 1}")))
                .hasMessage("-Dsse.http: unknown key");
    }
}
