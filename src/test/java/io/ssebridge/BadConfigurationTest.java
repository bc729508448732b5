package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class BadConfigurationTest {
    private static final Overrides ONLY_A_SECRET =
            new Overrides(Map.of("SSE_AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef"), Map.of());

    private static Stream<Arguments> badConfigurations() {
        return Stream.of(
                // Shape
                bad("- a", "a list (expected: a mapping of keys to values) in bridge.yaml:1"),
                bad("http: 8080", "http: a text (expected: a mapping of keys to values) in bridge.yaml:1"),
                bad("http: {host: [a]}", "http.host: a list (expected: a text) in bridge.yaml:1"),
                bad("http: {host: }", "http.host: empty (expected: a text) in bridge.yaml:1"),
                bad("http: {host: ~}", "http.host: empty (expected: a text) in bridge.yaml:1"),
                bad("http: {host: ''}", "http.host: empty (expected: a text) in bridge.yaml:1"),
                bad("http: {? [a] : b}", "http: a list as a key (expected: a text) in bridge.yaml:1"),
                bad(
                        "http: {cors: {origins: https://a.example}}",
                        "http.cors.origins: a text (expected: a list) in bridge.yaml:1"),
                bad(
                        "http: &h\n  cors: *h",
                        "an alias inside the value that it refers to (expected: none) in bridge.yaml:1"),
                bad("a: *b", "not YAML: found undefined alias in bridge.yaml:1"),
                bad("http: {", "not YAML: expected the node content, but found '<stream end>' in bridge.yaml:1"),
                bad("a: \u0007", "the character U+0007 (expected: none that YAML forbids) in bridge.yaml"),
                bad("--- {}\n--- {}", "not YAML: but found another document in bridge.yaml:2"),
                // Keys
                bad("http:\n  prot: 1", "http.prot: unknown key (did you mean http.port?) in bridge.yaml:2"),
                bad(
                        "auth: {access_token_parameter: true}",
                        "auth.access_token_parameter: unknown key (did you mean auth.accessTokenParameter?) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {certificate: a}}",
                        "auth.jwt.certificate: unknown key (expected: secret, secrets, publicKey, jwks, algorithms, issuer, audience, leeway) in bridge.yaml:1"),
                bad(
                        "metrics:\n  port: 0",
                        "metrics: unknown key (expected: http, management, cluster, auth, stream, channels, presence, limits, disconnect, shutdown) in bridge.yaml:1"),
                bad(
                        "\"a\\nb\": 1",
                        "a\\u000Ab: unknown key (expected: http, management, cluster, auth, stream, channels, presence, limits, disconnect, shutdown) in bridge.yaml:1"),
                bad(
                        "http: {port: 1}\nhttp: {port: 2}",
                        "http: given twice (expected: every key once) in bridge.yaml:2"),
                bad(
                        "http: &h {port: 1}\ncluster: {<<: *h}",
                        "cluster.<<: unknown key (expected: name, host, port, publicHost, publicPort, tls) in bridge.yaml:2"),
                bad(
                        "channels: [{channel: a, personalize: {by: [tier], adress: b}}]",
                        "channels[0].personalize.adress: unknown key (did you mean channels[0].personalize.address?) in bridge.yaml:1"),
                // Personalised channels
                bad(
                        "channels: [{channel: a, personalize: {address: b}}]",
                        "channels[0].personalize.by: [] (expected: 1 to 16 different names of properties, or sub) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, personalize: {by: [x, x], address: b}}]",
                        "channels[0].personalize.by: [x, x] (expected: 1 to 16 different names of properties, or sub) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, personalize: {by: [x]}}]",
                        "channels[0].personalize.address: is missing (expected: the address of a service) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, personalize: {by: [x], address: sse.b}}]",
                        "channels[0].personalize.address: sse.b is reserved (expected: none that begins with sse. or __vertx) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, personalize: {by: [x], address: b, timeout: 6s}}]",
                        "channels[0].personalize.timeout: \"6s\" (expected: a duration from 1ms to 5s) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, personalize: {by: [x], address: b, onFailure: retry}}]",
                        "channels[0].personalize.onFailure: \"retry\" (expected: withhold or plain) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, personalize: {by: [x], address: b.c}}, {channel: 'b.{d}'}]",
                        "channels[0].personalize.address: b.c is mapped by channels[1] (expected: the address of a service) in bridge.yaml:1"),
                // Quantities
                bad(
                        "http:\n\n  port: eighty",
                        "http.port: \"eighty\" (expected: a whole number from 0 to 65535) in bridge.yaml:3"),
                bad(
                        "http: {port: 65536}",
                        "http.port: \"65536\" (expected: a whole number from 0 to 65535) in bridge.yaml:1"),
                bad(
                        "http: {port: 0123}",
                        "http.port: \"0123\" (expected: a whole number from 0 to 65535) in bridge.yaml:1"),
                bad(
                        "http: {port: 99999999999999999999}",
                        "http.port: \"99999999999999999999\" (expected: a whole number from 0 to 65535) in bridge.yaml:1"),
                bad(
                        "http: {port: \"\\e[2J\"}",
                        "http.port: \"\\u001B[2J\" (expected: a whole number from 0 to 65535) in bridge.yaml:1"),
                bad(
                        "cluster: {publicPort: 0}",
                        "cluster.publicPort: \"0\" (expected: a whole number from 1 to 65535) in bridge.yaml:1"),
                bad(
                        "stream: {heartbeat: 99ms}",
                        "stream.heartbeat: \"99ms\" (expected: a duration from 100ms to 1d) in bridge.yaml:1"),
                bad(
                        "stream: {retry: 2}",
                        "stream.retry: \"2\" (expected: a duration from 10ms to 1h) in bridge.yaml:1"),
                bad(
                        "limits: {eventSize: 2MiB}",
                        "limits.eventSize: \"2MiB\" (expected: a size from 1KiB to 1MiB) in bridge.yaml:1"),
                bad(
                        "shutdown: {drain: -1s}",
                        "shutdown.drain: \"-1s\" (expected: a duration from 0ms to 1h) in bridge.yaml:1"),
                bad(
                        "auth: {accessTokenParameter: yes}",
                        "auth.accessTokenParameter: \"yes\" (expected: true or false) in bridge.yaml:1"),
                // HTTP
                bad(
                        "http: {path: sse/}",
                        "http.path: \"sse/\" (expected: / or /segments/ of letters, digits, '.', '_', '~' and '-') in bridge.yaml:1"),
                bad(
                        "http: {path: /a/../}",
                        "http.path: \"/a/../\" (expected: / or /segments/ of letters, digits, '.', '_', '~' and '-') in bridge.yaml:1"),
                bad(
                        "http: {cors: {origins: ['*']}}",
                        "http.cors.origins[0]: \"*\" (expected: each origin by name: with * any page could use its visitors' cookies here) in bridge.yaml:1"),
                bad(
                        "http: {cors: {origins: ['https://a.example', 'https://b.example/']}}",
                        "http.cors.origins[1]: \"https://b.example/\" (expected: scheme://host or scheme://host:port in lower case, without a path) in bridge.yaml:1"),
                bad(
                        "http: {cors: {origins: ['https://a.example:443']}}",
                        "http.cors.origins[0]: \"https://a.example:443\" (expected: no default port: browsers leave it out) in bridge.yaml:1"),
                bad(
                        "http: {webroot: /not/there}",
                        "http.webroot: \"/not/there\" (expected: bundled, none or an existing directory) in bridge.yaml:1"),
                // Tokens
                bad(
                        "auth: {jwt: {publicKey: '-----BEGIN PUBLIC KEY-----'}}",
                        "auth.jwt.publicKey: given together with jwt.secret (expected: one of the two) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {secrets: [0123456789abcdef0123456789abcdef]}}",
                        "auth.jwt.secrets: given together with jwt.secret (expected: one of the two) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {secrets: [0123456789abcdef0123456789abcdef, sesame]}}",
                        "auth.jwt.secrets[1]: 6 bytes (expected: at least 32 bytes of UTF-8) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {jwks: 'https://issuer.example/keys'}}",
                        "auth.jwt.jwks: given together with jwt.secret (expected: one of the two) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {jwks: pom.xml}}",
                        "auth.jwt.jwks: neither a URL nor a file of keys: it is not a key set (expected: a JSON object with a list of keys) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {jwks: /not/there}}",
                        "auth.jwt.jwks: neither a URL nor a file of keys: there is no such file in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {publicKey: /not/there}}",
                        "auth.jwt.publicKey: neither PEM nor a readable file (expected: PEM, beginning with -----BEGIN, or a PEM file's path) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {publicKey: '-----BEGIN PRIVATE KEY-----'}}",
                        "auth.jwt.publicKey: a private key (expected: the public key; only the issuer needs the private key) in bridge.yaml:1"),
                bad(
                        "auth: {jwt: {algorithms: [HS256, none]}}",
                        "auth.jwt.algorithms[1]: \"none\" (expected: of HS256, HS384, HS512 with a secret) in bridge.yaml:1"),
                bad(
                        "auth: {cookie: 'a b'}",
                        "auth.cookie: \"a b\" (expected: letters, digits and !#$%&'*+-.^_`|~) in bridge.yaml:1"),
                bad(
                        "auth: {cookie: {sameSite: lax}}",
                        "auth.cookie.sameSite: \"lax\" (expected: Lax, Strict or None) in bridge.yaml:1"),
                bad(
                        "auth: {cookie: {sameSite: None}}",
                        "auth.cookie.secure: auto (expected: true with sameSite: None, partitioned, or a name that begins with __Host- or __Secure-) in bridge.yaml:1"),
                bad(
                        "auth: {cookie: {name: __Host-x, secure: true, domain: a.example}}",
                        "auth.cookie.domain: given (expected: none with a name that begins with __Host-) in bridge.yaml:1"),
                bad(
                        "auth: {cookie: {domain: 'a b'}}",
                        "auth.cookie.domain: \"a b\" (expected: a name such as app.example, in lower case) in bridge.yaml:1"),
                bad(
                        "http: {cors: {origins: ['https://*.example']}}",
                        "http.cors.origins[0]: \"https://*.example\" (expected: at least two labels after *., such as https://*.app.example) in bridge.yaml:1"),
                bad(
                        "http: {ignoredParameters: ['a*b']}",
                        "http.ignoredParameters[0]: \"a*b\" (expected: a name, or the beginning of names and *) in bridge.yaml:1"),
                bad(
                        "shutdown: {grace: 11m}",
                        "shutdown.grace: \"11m\" (expected: a duration from 0ms to 10m) in bridge.yaml:1"),
                // Rules
                bad("channels: []", "channels: an empty list (expected: at least one rule) in bridge.yaml:1"),
                bad("channels:", "channels: empty (expected: a list) in bridge.yaml:1"),
                bad(
                        "channels: [{chanel: a, address: b}]",
                        "channels[0].channel: missing (found: chanel, address) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a..b}]",
                        "channels[0].channel: pattern \"a..b\": has an empty segment (expected: no dot at the ends, no two in a row) in bridge.yaml:1"),
                bad(
                        "channels:\n  - channel: a\n  - channel: b\n    address: sse.b",
                        "channels[1].address: sse.b is reserved (expected: none that begins with sse. or __vertx) in bridge.yaml:4"),
                bad(
                        "channels:\n  - {channel: a}\n  - {channel: b, address: a}\nlimits: {channels: 1}",
                        "channels[1].address: a is mapped by channels[0] too (expected: every address feeds one rule) in bridge.yaml:3"),
                bad(
                        "channels: [{channel: a, subscribe: owner}]",
                        "channels[0].subscribe: owner needs {sub} in the channel (found: a) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, subscribe: anyone}]",
                        "channels[0].subscribe: \"anyone\" (expected: public, authenticated, granted, owner, none or {role: ...}; certificate for publish) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {rule: admin}}]",
                        "channels[0].publish.rule: unknown key (did you mean channels[0].publish.role?) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {}}]",
                        "channels[0].publish.allow: missing (expected: allow, role or stamp) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, subscribe: {rule: admin}}]",
                        "channels[0].subscribe.role: missing (found: rule) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {role: a, sub: b}}]",
                        "channels[0].publish.sub: unknown key (expected: allow, role, stamp, field, properties) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {allow: public, role: b}}]",
                        "channels[0].publish: has allow and role (expected: one of them) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {allow: public, stamp: name}}]",
                        "channels[0].publish.stamp: \"name\" (expected: sub) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {allow: public, field: from}}]",
                        "channels[0].publish.stamp: missing (expected: sub) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {stamp: sub, field: x, properties: [y, x]}}]",
                        "channels[0].publish.properties: a name twice, or that of field (expected: different names) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, publish: {allow: none, stamp: sub}}]",
                        "channels[0].publish.stamp: nobody publishes over HTTP (expected: another requirement than none) in bridge.yaml:1"),
                bad(
                        "channels: [{channel: a, history: some}]",
                        "channels[0].history: \"some\" (expected: none or {size: ..., ttl: ...}) in bridge.yaml:1"));
    }

    private static Stream<Arguments> badJson() {
        return Stream.of(
                bad("{\"http\": 8080}", "http: a text (expected: a mapping of keys to values) in options"),
                bad("{\"http\": {\"host\": null}}", "http.host: empty (expected: a text) in options"),
                bad("{\"http\": {\"host\": [\"a\"]}}", "http.host: a list (expected: a text) in options"),
                bad(
                        "{\"http\": {\"cors\": {\"origins\": \"[\\\"https://a.example\\\"]\"}}}",
                        "http.cors.origins: a text (expected: a list) in options"),
                bad("{\"http\": {\"prot\": 1}}", "http.prot: unknown key (did you mean http.port?) in options"),
                bad(
                        "{\"demo\": true}",
                        "demo: unknown key (expected: http, management, cluster, auth, stream, channels, presence, limits, disconnect, shutdown) in options"),
                bad(
                        "{\"http.port\": 1}",
                        "http.port: unknown key (expected: http, management, cluster, auth, stream, channels, presence, limits, disconnect, shutdown) in options"),
                bad(
                        "{\"http\": {\"port\": \"eighty\"}}",
                        "http.port: \"eighty\" (expected: a whole number from 0 to 65535) in options"),
                bad(
                        "{\"http\": {\"port\": 80.5}}",
                        "http.port: \"80.5\" (expected: a whole number from 0 to 65535) in options"),
                bad(
                        "{\"stream\": {\"retry\": 2}}",
                        "stream.retry: \"2\" (expected: a duration from 10ms to 1h) in options"),
                bad(
                        "{\"channels\": [{\"channel\": \"a\"}, {\"channel\": \"b\", \"limit\": -1}]}",
                        "channels[1].limit: \"-1\" (expected: a whole number from 0 to 10000000) in options"));
    }

    private static Arguments bad(String yaml, String message) {
        return Arguments.of(yaml, message);
    }

    @ParameterizedTest
    @MethodSource("badConfigurations")
    void aBadConfiguration_isRefusedInOneLineWithTheCorrection(String yaml, String message) {
        assertThatThrownBy(() -> read(yaml, ONLY_A_SECRET))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @ParameterizedTest
    @MethodSource("badJson")
    void badJson_isRefusedInOneLineThatNamesTheKey(String json, String message) {
        assertThatThrownBy(() -> BridgeOptions.of(new JsonObject(json)))
                .isInstanceOf(ConfigException.class)
                .hasMessage(message);
    }

    @Test
    void aShortSecret_isRefusedWithoutBeingShown() {
        assertThatThrownBy(() -> read("auth: {jwt: {secret: sesame}}", Overrides.NONE))
                .hasMessage("auth.jwt.secret: 6 bytes (expected: at least 32 bytes of UTF-8) in bridge.yaml:1");
    }

    @Test
    void aSecretInTheWrongPlace_isNotShown() {
        assertThatThrownBy(() -> read("auth: {jwt: sesame}", Overrides.NONE))
                .hasMessage("auth.jwt: a text (expected: a mapping of keys to values) in bridge.yaml:1");
    }

    @Test
    void aRuleThatNeedsTokens_isRefusedWithoutAKey() {
        String yaml = "channels:\n- {channel: a, subscribe: public, publish: none}\n- {channel: b, subscribe: public}";
        assertThatThrownBy(() -> read(yaml, Overrides.NONE))
                .hasMessage("channels[1].publish: granted for b needs tokens, but there is no key to check them"
                        + " (expected: auth.jwt.secret, auth.jwt.publicKey or auth.jwt.jwks, or public or none here)"
                        + " in bridge.yaml:3");
    }

    @Test
    void aMisspeltKey_isNamedRatherThanItsConsequences() {
        assertThatThrownBy(() -> read("auth: {jwt: {secert: x}}", Overrides.NONE))
                .hasMessage("auth.jwt.secert: unknown key (did you mean auth.jwt.secret?) in bridge.yaml:1");
    }

    @ParameterizedTest
    @ValueSource(ints = {25, 40})
    void aliasesWithoutEnd_areRefusedAtOnce(int aliases) {
        StringBuilder yaml = new StringBuilder("a0: &a0 [x, x]\n");
        for (int i = 1; i < aliases; i++) {
            yaml.append("a%d: &a%d [*a%d, *a%d]\n".formatted(i, i, i - 1, i - 1));
        }
        assertThatThrownBy(() -> read(yaml.toString(), ONLY_A_SECRET)).isInstanceOf(ConfigException.class);
    }

    @Test
    void aFileThatIsNotThere_isNamed() {
        assertThatThrownBy(() -> Configuration.of(Path.of("not", "there.yaml"), Overrides.NONE))
                .isInstanceOf(ConfigException.class)
                .hasMessage("not/there.yaml: no such file");
    }

    @Test
    void noMessage_hasASecondLine() {
        assertThat(new ConfigException("a\r\nb\u2028c\u202Ed")).hasMessage("a\\u000D\\u000Ab\\u2028c\\u202Ed");
    }

    private static BridgeOptions read(String yaml, Overrides overrides) {
        return new Configuration("bridge.yaml", yaml, overrides).read(BridgeOptions::from);
    }
}
