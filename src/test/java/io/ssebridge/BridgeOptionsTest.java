package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.CookieOptions;
import io.ssebridge.access.CookieOptions.SameSite;
import io.ssebridge.access.KeySource;
import io.ssebridge.access.Origins;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.InitialSnapshot;
import io.ssebridge.channel.PersonalizeRule;
import io.ssebridge.channel.PresenceRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.channel.RuleHooks;
import io.ssebridge.channel.Service;
import io.ssebridge.channel.Stamp;
import io.ssebridge.cluster.ClusterOptions;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.control.DisconnectOptions;
import io.ssebridge.http.HttpOptions;
import io.ssebridge.http.TrustedProxies;
import io.ssebridge.http.Webroot;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.management.ManagementOptions;
import io.ssebridge.personal.Personalizer;
import io.ssebridge.presence.PresenceOptions;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.testing.KeySets;
import io.ssebridge.testing.PublicKeys;
import io.ssebridge.testing.Tokens;
import io.ssebridge.tls.TlsOptions;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.lang.reflect.RecordComponent;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BridgeOptionsTest {
    private static final String SECRET = "0123456789abcdef0123456789abcdef";
    private static final Overrides ONLY_A_SECRET = new Overrides(Map.of("SSE_AUTH_JWT_SECRET", SECRET), Map.of());

    private static final String EVERY_OPTION = """
            http: {host: "::1", port: 0, path: /live, headTimeout: 5s, ignoredParameters: [cb, "ga_*"], cors: {origins: ["https://a.example", "http://b.example:81"]}, webroot: %s, trustedProxies: ["10.0.0.0/8", "::1"], compression: true, http2: false, tls: {cert: cert.pem, key: key.pem, clientCa: clients.pem}}
            management: {host: 10.0.0.2, port: 9090}
            cluster: {name: blue, host: 10.0.0.1, port: 15701, publicHost: node.example, publicPort: 25701, tls: {cert: node.pem, key: node.key, ca: nodes.pem}}
            auth:
              jwt: {publicKey: %s, algorithms: [RS256, PS384], issuer: me, audience: [x, 015], leeway: 1m}
              claim: grants
              subject: uid
              cookie: {name: __Secure-t, sameSite: None, secure: true, domain: app.example, partitioned: true}
              accessTokenParameter: true
            stream: {heartbeat: 250ms, retry: 1s, retryMin: 20ms, retryMax: 2m, maxAge: 1d, warnBeforeExpiry: 10m, stalledTimeout: 1h}
            channels:
              - {channel: "scores.{match}", address: "cricket.{match}.score", subscribe: public, history: {ttl: 2h}}
              - {channel: "users.{sub}.**", subscribe: owner, publish: {role: admin}, history: none, linger: 5ms}
              - {channel: "devices.{device}", address: fleet.positions, header: device, subscribe: {role: fleet}, publish: none, limit: 12}
              - {channel: "rooms.{room}.presence", presenceOf: "rooms.{room}", lifecycle: false}
              - {channel: "rooms.{room}", presence: members, publish: {allow: authenticated, stamp: sub, field: from, properties: [color, name]}}
              - {channel: "notes", publish: {role: editor, stamp: sub}}
              - {channel: "prices.**", personalize: {by: [tier, sub], address: prices.personal, timeout: 2s, onFailure: plain}, metrics: true}
              - {channel: "jobs.{id}", authorize: {address: jobs.admission, timeout: 1s}, initial: {url: "https://jobs.example/state?key=a", timeout: 3s, onFailure: refuse}}
              - {channel: "docs.{id}", authorize: {url: "http://docs.example"}, initial: docs.state}
            presence: {grace: 1s}
            limits: {subscribers: 0, subscribersPerSubject: 4, subscribersPerIp: 6, channelsPerStream: 3, channels: 7, newChannelsPerIp: 9, eventSize: 1MiB, eventsPerRequest: 11, stalledBytes: 2MiB, historyBytes: 4GiB, dedupBytes: 3MiB, replays: 5, publishRate: 13, connectRate: 17}
            disconnect: {block: 2m}
            shutdown: {grace: 1m, drain: 0s}
            """;

    private static BridgeOptions everyOption(Path directory, String key) throws IOException {
        Path pem = Files.writeString(directory.resolve("key.pem"), key);
        return new Configuration("bridge.yaml", EVERY_OPTION.formatted(directory, pem), Overrides.NONE)
                .read(BridgeOptions::from);
    }

    private static BridgeOptions read(String yaml) {
        return new Configuration("bridge.yaml", yaml, ONLY_A_SECRET).read(BridgeOptions::from);
    }

    @Test
    void anEmptyFile_meansAllDefaults() {
        BridgeOptions options = read("\uFEFF# nothing\n");

        assertThat(options.http())
                .isEqualTo(new HttpOptions(
                        "0.0.0.0",
                        8080,
                        "/",
                        Duration.ofSeconds(60),
                        new Origins(Set.of()),
                        TrustedProxies.NONE,
                        List.of("r", "t", "ts", "v", "utm_*"),
                        new Webroot.Bundled(),
                        Optional.empty(),
                        false,
                        true));
        assertThat(options.cluster())
                .isEqualTo(new ClusterOptions(
                        Optional.empty(), Optional.empty(), 0, Optional.empty(), Optional.empty(), Optional.empty()));
        assertThat(options.auth())
                .isEqualTo(new AuthOptions(
                        new KeySource.Secrets(List.of(SECRET)),
                        List.of("HS256"),
                        Optional.empty(),
                        List.of(),
                        Duration.ofSeconds(5),
                        "channels",
                        "sub",
                        CookieOptions.DEFAULT,
                        false));
        assertThat(options.stream())
                .isEqualTo(new StreamOptions(
                        Duration.ofSeconds(15),
                        Duration.ofSeconds(2),
                        Duration.ofMillis(500),
                        Duration.ofSeconds(60),
                        Duration.ZERO,
                        Duration.ofSeconds(60),
                        Duration.ofSeconds(30)));
        assertThat(options.channels().all())
                .containsExactly(new ChannelRule(
                        ChannelPattern.of("sse"),
                        ChannelPattern.of("sse"),
                        null,
                        Requirement.GRANTED,
                        Requirement.GRANTED,
                        Retention.DEFAULT,
                        ChannelRule.DEFAULT_LINGER,
                        0));
        assertThat(options.limits()).isEqualTo(LimitOptions.DEFAULT);
        assertThat(options.disconnect()).isEqualTo(DisconnectOptions.DEFAULT);
        assertThat(options.shutdown()).isEqualTo(new ShutdownOptions(Duration.ofSeconds(5), Duration.ofSeconds(20)));
        assertThat(options.demo()).isFalse();
    }

    @Test
    void everyOption_isReadFromItsKey(@TempDir Path directory) throws IOException {
        String key = PublicKeys.rsa(2048);

        BridgeOptions options = everyOption(directory, key);

        assertThat(options.http())
                .isEqualTo(new HttpOptions(
                        "::1",
                        0,
                        "/live/",
                        Duration.ofSeconds(5),
                        new Origins(Set.of("https://a.example", "http://b.example:81")),
                        TrustedProxies.of("trustedProxies", List.of("10.0.0.0/8", "::1")),
                        List.of("cb", "ga_*"),
                        new Webroot.Directory(directory),
                        Optional.of(new TlsOptions(
                                Path.of("cert.pem"), Path.of("key.pem"), Optional.of(Path.of("clients.pem")))),
                        true,
                        false));
        assertThat(options.management()).isEqualTo(new ManagementOptions("10.0.0.2", OptionalInt.of(9090)));
        assertThat(options.cluster())
                .isEqualTo(new ClusterOptions(
                        Optional.of("blue"),
                        Optional.of("10.0.0.1"),
                        15_701,
                        Optional.of("node.example"),
                        Optional.of(25_701),
                        Optional.of(new TlsOptions(
                                Path.of("node.pem"), Path.of("node.key"), Optional.of(Path.of("nodes.pem"))))));
        assertThat(options.auth())
                .isEqualTo(new AuthOptions(
                        new KeySource.PublicKeys(List.of(key)),
                        List.of("RS256", "PS384"),
                        Optional.of("me"),
                        List.of("x", "015"),
                        Duration.ofMinutes(1),
                        "grants",
                        "uid",
                        new CookieOptions(
                                "__Secure-t", SameSite.NONE, Optional.of(true), Optional.of("app.example"), true),
                        true));
        assertThat(options.stream())
                .isEqualTo(new StreamOptions(
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1),
                        Duration.ofMillis(20),
                        Duration.ofMinutes(2),
                        Duration.ofDays(1),
                        Duration.ofMinutes(10),
                        Duration.ofHours(1)));
        assertThat(options.channels().all())
                .containsExactly(
                        new ChannelRule(
                                ChannelPattern.of("scores.{match}"),
                                ChannelPattern.of("cricket.{match}.score"),
                                null,
                                Requirement.PUBLIC,
                                Requirement.GRANTED,
                                new Retention(256, Duration.ofHours(2)),
                                ChannelRule.DEFAULT_LINGER,
                                0),
                        new ChannelRule(
                                ChannelPattern.of("users.{sub}.**"),
                                null,
                                null,
                                Requirement.OWNER,
                                Requirement.role("admin"),
                                Retention.NONE,
                                Duration.ofMillis(5),
                                0),
                        new ChannelRule(
                                ChannelPattern.of("devices.{device}"),
                                ChannelPattern.of("fleet.positions"),
                                "device",
                                Requirement.role("fleet"),
                                Requirement.NONE,
                                Retention.DEFAULT,
                                ChannelRule.DEFAULT_LINGER,
                                12),
                        new ChannelRule(
                                ChannelPattern.of("rooms.{room}.presence"),
                                null,
                                null,
                                Requirement.GRANTED,
                                Requirement.NONE,
                                Retention.DEFAULT,
                                ChannelRule.DEFAULT_LINGER,
                                0,
                                new PresenceRule(PresenceRule.Kind.COUNT, false, ChannelPattern.of("rooms.{room}"))),
                        new ChannelRule(
                                ChannelPattern.of("rooms.{room}"),
                                ChannelPattern.of("rooms.{room}"),
                                null,
                                Requirement.GRANTED,
                                Requirement.AUTHENTICATED,
                                Retention.DEFAULT,
                                ChannelRule.DEFAULT_LINGER,
                                0,
                                new PresenceRule(PresenceRule.Kind.MEMBERS, true, null),
                                new Stamp("from", List.of("color", "name"))),
                        new ChannelRule(
                                ChannelPattern.of("notes"),
                                ChannelPattern.of("notes"),
                                null,
                                Requirement.GRANTED,
                                Requirement.role("editor"),
                                Retention.DEFAULT,
                                ChannelRule.DEFAULT_LINGER,
                                0,
                                PresenceRule.DEFAULT,
                                new Stamp(null, List.of())),
                        new ChannelRule(
                                ChannelPattern.of("prices.**"),
                                null,
                                null,
                                Requirement.GRANTED,
                                Requirement.GRANTED,
                                Retention.DEFAULT,
                                ChannelRule.DEFAULT_LINGER,
                                0,
                                PresenceRule.DEFAULT,
                                null,
                                new PersonalizeRule(
                                        List.of("tier", "sub"),
                                        "prices.personal",
                                        Duration.ofSeconds(2),
                                        PersonalizeRule.Failure.PLAIN),
                                RuleHooks.NONE,
                                true),
                        rule(
                                "jobs.{id}",
                                new Service("jobs.admission", null, Duration.ofSeconds(1)),
                                new InitialSnapshot(
                                        new Service(
                                                null,
                                                URI.create("https://jobs.example/state?key=a"),
                                                Duration.ofSeconds(3)),
                                        InitialSnapshot.OnFailure.REFUSE)),
                        rule(
                                "docs.{id}",
                                new Service(null, URI.create("http://docs.example"), Service.DEFAULT_TIMEOUT),
                                new InitialSnapshot(Service.at("docs.state"), InitialSnapshot.OnFailure.OPEN)));
        assertThat(options.presence()).isEqualTo(new PresenceOptions(Duration.ofSeconds(1)));
        assertThat(options.limits())
                .isEqualTo(new LimitOptions(0, 4, 6, 3, 7, 9, 1 << 20, 11, 2 << 20, 4L << 30, 3 << 20, 5, 13, 17));
        assertThat(options.disconnect()).isEqualTo(new DisconnectOptions(Duration.ofMinutes(2)));
        assertThat(options.shutdown()).isEqualTo(new ShutdownOptions(Duration.ofMinutes(1), Duration.ZERO));
    }

    private static ChannelRule rule(String channel, Service authorize, InitialSnapshot initial) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                ChannelPattern.of(channel),
                null,
                Requirement.GRANTED,
                Requirement.GRANTED,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                0,
                PresenceRule.DEFAULT,
                null,
                null,
                new RuleHooks(authorize, initial),
                false);
    }

    @Test
    void aSectionWithNothingInIt_meansItsDefaults() {
        assertThat(read("http:\nauth:\n  jwt:\n").http().port()).isEqualTo(8080);
    }

    @Test
    void oneAudience_mayStandWithoutAList() {
        assertThat(read("auth: {jwt: {audience: me}}").auth().audience()).containsExactly("me");
    }

    @Test
    void rulesThatNeedNoToken_needNoKey() {
        String yaml = "channels: [{channel: news, subscribe: public, publish: none}]";

        BridgeOptions options = new Configuration("bridge.yaml", yaml, Overrides.NONE).read(BridgeOptions::from);

        assertThat(options.auth().hasKey()).isFalse();
    }

    @Test
    void printedOptions_doNotTellTheSecret() {
        assertThat(read("").toString()).contains("keys=secret").doesNotContain(SECRET);
    }

    @Test
    void defaults_comeBackFromJson() {
        BridgeOptions options = read("");

        assertThat(BridgeOptions.of(options.toJson())).isEqualTo(options);
        assertThat(options.toJson().getJsonObject("auth").getJsonObject("jwt").getString("secret"))
                .isEqualTo(SECRET);
    }

    @Test
    void everyKindOfKey_comesBackFromJson(@TempDir Path directory) throws IOException {
        String pem = PublicKeys.rsa(2048);
        Path set = Files.writeString(
                directory.resolve("keys.json"),
                KeySets.of(KeySets.key("a", Tokens.keysOfEs256().getPublic())));
        for (String keys : List.of(
                "secrets: [%s, %s]".formatted(SECRET, SECRET.toUpperCase(Locale.ROOT)),
                "publicKey: [%1$s, %1$s]"
                        .formatted(new JsonArray().add(pem).encode().replaceAll("^\\[|]$", "")),
                "jwks: 'https://issuer.example/keys?a=b'",
                "jwks: " + set)) {
            BridgeOptions options = new Configuration("x.yaml", "auth: {jwt: {" + keys + "}}", Overrides.NONE)
                    .read(BridgeOptions::from);

            assertThat(options.auth().hasKey()).isTrue();
            assertThat(BridgeOptions.of(options.toJson())).isEqualTo(options);
            assertThat(options.toString()).doesNotContain(SECRET, "BEGIN", "?a=b");
        }
    }

    @Test
    void everyOption_comesBackFromJson(@TempDir Path directory) throws IOException, ReflectiveOperationException {
        BridgeOptions options = everyOption(directory, PublicKeys.rsa(2048));

        assertThat(BridgeOptions.of(options.toJson())).isEqualTo(options);
        assertThat(BridgeOptions.of(new JsonObject(options.toJson().encode()))).isEqualTo(options);

        // A new option must differ from its default above: only then it is seen if its JSON is forgotten.
        Map<String, Set<Object>> unchanged = new HashMap<>();
        collect("", BridgeOptions.class, read(""), unchanged);
        Map<String, Set<Object>> changed = new HashMap<>();
        collect("", BridgeOptions.class, options, changed);
        changed.remove("demo");
        // Functions, which no configuration can express.
        changed.remove("callers");
        changed.remove("personalizers");
        changed.remove("services.authorizers");
        changed.remove("services.snapshots");
        // Set by the demo mode.
        changed.remove("http.origins.loopback");
        assertThat(changed)
                .hasSizeGreaterThan(50)
                .allSatisfy((path, values) -> assertThat(values)
                        .anyMatch(
                                value -> !unchanged.getOrDefault(path, Set.of()).contains(value)));
    }

    /** Collects the values of each option, those of all rules under one path. */
    private static void collect(String path, Class<?> type, @Nullable Object value, Map<String, Set<Object>> values)
            throws ReflectiveOperationException {
        if (value instanceof ChannelRules rules) {
            for (ChannelRule rule : rules.all()) {
                collect(path + "[]", ChannelRule.class, rule, values);
            }
        } else if (type.isRecord()) {
            if (value == null) {
                return;
            }
            for (RecordComponent part : type.getRecordComponents()) {
                collect(
                        path.isEmpty() ? part.getName() : path + "." + part.getName(),
                        part.getType(),
                        part.getAccessor().invoke(value),
                        values);
            }
        } else {
            values.computeIfAbsent(path, added -> new HashSet<>()).add(Optional.ofNullable(value));
        }
    }

    @Test
    void aPersonalizer_needsARuleThatNamesIt() {
        BridgeOptions options = read("channels: [{channel: a, personalize: {by: [tier], address: tiers}}]");
        Personalizer personalizer = question -> Future.succeededFuture(Optional.empty());

        assertThat(options.personalizer("tiers", personalizer).personalizers())
                .containsExactly(Map.entry("tiers", personalizer));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> options.personalizer("tier", personalizer))
                .withMessage("personalizer: tier (expected: the personalize.address of a rule)");
    }

    @Test
    void numbersAndFlagsInJson_countAsTheirTexts() {
        String rules = "'channels': [{'channel': 'a', 'subscribe': 'public', 'publish': 'none', 'limit': %s}]";
        String json = "{'http': {'port': %s}, 'auth': {'accessTokenParameter': %s}, " + rules + "}";

        assertThat(BridgeOptions.of(
                        new JsonObject(json.formatted("81", "true", "3").replace('\'', '"'))))
                .isEqualTo(BridgeOptions.of(
                        new JsonObject(json.formatted("'81'", "'true'", "'3'").replace('\'', '"'))));
    }

    @Test
    void mapsAndLists_countAsJson() {
        Map<String, Object> rule = Map.of("channel", "a", "subscribe", "public", "publish", "none");
        JsonObject json = new JsonObject(Map.of("http", Map.of("port", 81), "channels", List.of(rule)));

        assertThat(BridgeOptions.of(json).http().port()).isEqualTo(81);
    }

    @Test
    void aDemo_isLeftOutOfJson() {
        BridgeOptions demo =
                new Configuration("demo", "http: {host: 127.0.0.1}", ONLY_A_SECRET).read(BridgeOptions::demo);

        assertThat(demo.toJson().containsKey("demo")).isFalse();
        assertThat(BridgeOptions.of(demo.toJson()).demo()).isFalse();
    }
}
