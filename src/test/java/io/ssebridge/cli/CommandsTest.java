package io.ssebridge.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.BridgeOptions;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.Requirement;
import io.ssebridge.config.Overrides;
import io.ssebridge.testing.PublicKeys;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class CommandsTest {
    private static final Overrides WITH_A_SECRET =
            new Overrides(Map.of("SSE_AUTH_JWT_SECRET", "0123456789abcdef0123456789abcdef"), Map.of());

    @TempDir
    private Path directory = Path.of("");

    private final List<Started> started = new ArrayList<>();

    private record Started(BridgeOptions options, boolean standalone, Optional<Path> clusterConfig) {}

    private record Outcome(int status, String out, String err) {}

    private Outcome run(Overrides overrides, String... args) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        CommandLine commands = Commands.of(
                        new OptionsLoader(overrides, directory.resolve("config.yaml")),
                        (options, file, standalone, cluster) -> started.add(new Started(options, standalone, cluster)))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true));
        int status = commands.execute(args);
        return new Outcome(status, out.toString(), err.toString());
    }

    private String file(String name, String text) throws IOException {
        return Files.writeString(directory.resolve(name), text).toString();
    }

    private static void assertFailed(Outcome outcome, String message) {
        assertThat(outcome).isEqualTo(new Outcome(2, "", message + System.lineSeparator()));
    }

    @Test
    void withoutACommand_aNodeIsStarted() throws IOException {
        String conf = file("bridge.yaml", "http: {port: 1234}");
        String cluster = file("hazelcast.xml", "");

        Outcome outcome = run(WITH_A_SECRET, "-conf", conf, "--standalone", "--cluster-config", cluster);

        assertThat(outcome).isEqualTo(new Outcome(0, "", ""));
        assertThat(started).singleElement().satisfies(node -> {
            assertThat(node.options().http().port()).isEqualTo(1234);
            assertThat(node.standalone()).isTrue();
            assertThat(node.clusterConfig()).contains(Path.of(cluster));
        });
    }

    @Test
    void theDefaultFile_isReadWhereItIs() throws IOException {
        String unused = file("config.yaml", "http: {port: 1234}");

        assertThat(run(WITH_A_SECRET).status()).isZero();
        assertThat(started.get(0).options().http().port()).isEqualTo(1234);
        assertThat(started.get(0).options().demo()).isFalse();
    }

    @Test
    void withoutFileAndKey_theNodeIsADemoOnLoopback() {
        assertThat(run(Overrides.NONE).status()).isZero();

        BridgeOptions options = started.get(0).options();
        assertThat(options.demo()).isTrue();
        assertThat(options.http().host()).isEqualTo("127.0.0.1");
        assertThat(options.channels().all())
                .extracting(ChannelRule::channel)
                .map(Object::toString)
                .containsExactly(
                        "sse",
                        "activity",
                        "scores.{match}",
                        "jobs.{id}",
                        "runs.{id}",
                        "clocks.{zone}",
                        "rooms.{room}.presence",
                        "rooms.{room}",
                        "brief",
                        "**");
    }

    @Test
    void aDemo_isRefusedOnAnyOtherInterface() {
        assertFailed(
                run(new Overrides(Map.of("SSE_HTTP_HOST", "0.0.0.0"), Map.of())),
                "http.host: \"0.0.0.0\" (expected: 127.0.0.1; demo mode serves loopback only:"
                        + " give a configuration file or auth.jwt.secret) in SSE_HTTP_HOST");
        assertThat(started).isEmpty();
    }

    @Test
    void aKeyWithoutAFile_makesARealNode() {
        assertThat(run(WITH_A_SECRET).status()).isZero();
        assertThat(started.get(0).options().demo()).isFalse();
        assertThat(started.get(0).options().http().host()).isEqualTo("0.0.0.0");
    }

    @Test
    void channelsWithoutAKey_makeNoDemo() {
        assertFailed(
                run(new Overrides(Map.of("SSE_CHANNELS", "[{\"channel\": \"a\"}]"), Map.of())),
                "channels[0].subscribe: granted for a needs tokens, but there is no key to check them"
                        + " (expected: auth.jwt.secret, auth.jwt.publicKey or auth.jwt.jwks, or public or none here)"
                        + " in SSE_CHANNELS");
    }

    @Test
    void aChannelOfAnyName_isOpenInTheDemo() {
        assertThat(run(Overrides.NONE).status()).isZero();

        for (String name : List.of("users.social", "chat", "secret room", "bench.0")) {
            assertThat(started.get(0).options().channels().find(new ChannelName(name)))
                    .as(name)
                    .hasValueSatisfying(rule -> {
                        assertThat(rule.subscribe()).isEqualTo(Requirement.PUBLIC);
                        assertThat(rule.publish()).isEqualTo(Requirement.PUBLIC);
                    });
        }
        assertThat(started.get(0).options().channels().find(new ChannelName("scores.a")))
                .hasValueSatisfying(rule -> assertThat(rule.publish()).isEqualTo(Requirement.NONE));
    }

    @Test
    void anOptionThatIsAlmostRight_isAnsweredWithTheRightOne() {
        assertFailed(
                run(WITH_A_SECRET, "--conf", "x.yaml"), "Unknown options: '--conf', 'x.yaml' (did you mean -conf?)");
        assertFailed(run(WITH_A_SECRET, "-standalone"), "Unknown option: '-standalone' (did you mean --standalone?)");
        assertFailed(
                run(WITH_A_SECRET, "chek-config", "x.yaml"),
                "Unmatched arguments from index 0: 'chek-config', 'x.yaml' (did you mean check-config?)");
    }

    @Test
    void aConfigurationFile_countsBeforeACommandAndAfterIt() throws IOException {
        String conf = file("bridge.yaml", "auth: {jwt: {secret: 0123456789abcdef0123456789abcdef, issuer: me}}");

        for (String line : List.of("-conf %s token --sub alice", "token --sub alice -conf %s")) {
            Outcome outcome = run(Overrides.NONE, line.formatted(conf).split(" ", -1));
            assertThat(outcome.err()).isEmpty();
            assertThat(part(outcome.out(), 1).getString("iss")).isEqualTo("me");
        }
        String rotated = file(
                "rotated.yaml",
                "auth: {jwt: {secrets: [fedcba9876543210fedcba9876543210, 0123456789abcdef0123456789abcdef], issuer: it}}");
        assertThat(part(
                                run(Overrides.NONE, "token", "--sub", "bob", "-conf", rotated)
                                        .out(),
                                1)
                        .getString("iss"))
                .isEqualTo("it");
        for (String line : List.of("-conf %s check-config", "check-config -conf %s", "check-config %s")) {
            assertThat(run(Overrides.NONE, line.formatted(conf).split(" ", -1)))
                    .isEqualTo(new Outcome(0, conf + ": ok" + System.lineSeparator(), ""));
        }
        assertFailed(
                run(Overrides.NONE, "-conf", conf, "token", "--sub", "alice", "-conf", "b.yaml"),
                "two configuration files: " + conf + " and b.yaml (--help lists all commands and options)");
        assertFailed(
                run(Overrides.NONE, "check-config"),
                "Missing required parameter: 'FILE' (--help lists all commands and options)");
    }

    @Test
    void anOptionOfANode_isNotIgnoredBeforeACommand() {
        assertFailed(
                run(WITH_A_SECRET, "--standalone", "token", "--sub", "alice"),
                "--standalone before token, where it means nothing (--help lists all commands and options)");
    }

    @Test
    void theLineOfTheDocs_printsAToken() throws IOException {
        String line = Files.readAllLines(Path.of("src/docs/configuration.md")).stream()
                .filter(each -> each.startsWith("SSE_AUTH_JWT_SECRET=") && each.contains(" token "))
                .findFirst()
                .orElseThrow();
        List<String> words = Pattern.compile("(?:[^ ']|'[^']*')+")
                .matcher(line)
                .results()
                .map(word -> word.group().replace("'", ""))
                .toList();
        assertThat(words.subList(1, 4)).containsExactly("java", "-jar", "target/sse-bridge.jar");
        Overrides environment = new Overrides(
                Map.of("SSE_AUTH_JWT_SECRET", words.get(0).substring("SSE_AUTH_JWT_SECRET=".length())), Map.of());

        Outcome outcome = run(environment, words.subList(4, words.size()).toArray(String[]::new));

        assertThat(outcome.err()).isEmpty();
        assertThat(part(outcome.out(), 1).getString("sub")).isEqualTo("alice");
    }

    @Test
    void allMistakes_areToldByCheckConfig_andNoneThatFollowsFromAnother() throws IOException {
        String conf = file("bridge.yaml", """
                http:
                  port: eighty
                  prot: 80
                  port: ninety
                auth:
                  jwt: {secret: sesame}
                stream: {heartbeat: never, retry: soon}
                channels:
                  - {channel: a..b}
                  - {channel: news, subscribe: anyone, history: {size: 1}}
                limits: []
                """);

        Outcome outcome = run(Overrides.NONE, "check-config", conf);

        assertThat(outcome.status()).isEqualTo(2);
        assertThat(outcome.err().lines().map(line -> line.replaceFirst(": .*", "")))
                .containsExactlyInAnyOrder(
                        "http.port",
                        "http.prot",
                        "auth.jwt.secret",
                        "stream.heartbeat",
                        "stream.retry",
                        "channels[0].channel",
                        "channels[1].subscribe",
                        "channels[1].history.size",
                        "limits");
    }

    @Test
    void theReference_isThePageAboutTheConfiguration() throws IOException {
        Outcome printed = run(Overrides.NONE, "check-config", "--reference");

        assertThat(printed.status()).isZero();
        assertThat(printed.out()).isEqualTo(Files.readString(Path.of("src/docs/configuration.md")));
    }

    @Test
    void anUnknownOption_isRefusedInOneLine() {
        assertFailed(
                run(WITH_A_SECRET, "--all\nalone"),
                "Unknown option: '--all\\u000Aalone' (--help lists all commands and options)");
    }

    @Test
    void missingFiles_areNamed() {
        assertFailed(run(WITH_A_SECRET, "-conf", "not-there.yaml"), "not-there.yaml: no such file");
        assertFailed(
                run(WITH_A_SECRET, "--cluster-config", "not-there.xml"),
                "--cluster-config: not-there.xml: no such file");
    }

    @Test
    void aGoodFile_isOk() throws IOException {
        String conf = file("bridge.yaml", "http: {port: 80}");

        assertThat(run(WITH_A_SECRET, "check-config", conf))
                .isEqualTo(new Outcome(0, conf + ": ok" + System.lineSeparator(), ""));
        assertThat(started).isEmpty();
    }

    @Test
    void aKeyWithWhichNoNodeStarts_isToldByCheckConfig() throws IOException {
        String pem = file("weak.pem", PublicKeys.rsa(1024));
        String weak = file("weak.yaml", "auth: {jwt: {publicKey: " + pem + "}}");
        String other = file(
                "other.yaml",
                "auth: {jwt: {publicKey: %s, algorithms: [RS256, ES256]}}"
                        .formatted(file("good.pem", PublicKeys.rsa(2048))));

        assertFailed(
                run(Overrides.NONE, "check-config", weak),
                "auth.jwt.publicKey: has 1024 bits (expected: 2048 to 8192) in " + weak + ":1");
        assertFailed(
                run(Overrides.NONE, "check-config", other),
                "auth.jwt.algorithms[1]: \"ES256\" (expected: of RS256, RS384, RS512, PS256, PS384, PS512 with this key)"
                        + " in " + other + ":1");
    }

    @Test
    void aPemKeyAsTheSecret_isToldByCheckConfig() throws IOException {
        String conf = file("bridge.yaml", "http: {port: 80}");
        Overrides secret = new Overrides(Map.of("SSE_AUTH_JWT_SECRET", PublicKeys.rsa(2048)), Map.of());

        assertFailed(
                run(secret, "check-config", conf),
                "auth.jwt.secret: is a PEM key (expected: under jwt.publicKey) in SSE_AUTH_JWT_SECRET");
    }

    @Test
    void aPathAsTheSecret_isRefusedInsteadOfTakenForIt() throws IOException {
        String conf = file("bridge.yaml", "http: {port: 80}");
        String there = file("the-secret-of-this-bridge-in-a-file.txt", "x".repeat(40));
        String missing = directory.resolve("a-secret-that-is-not-there.txt").toString();

        for (String path : List.of(there, missing)) {
            Overrides secret = new Overrides(Map.of("SSE_AUTH_JWT_SECRET", path), Map.of());
            for (List<String> command : List.of(List.of("check-config", conf), List.<String>of())) {
                assertFailed(
                        run(secret, command.toArray(String[]::new)),
                        "auth.jwt.secret: the path of a file (expected: the secret itself;"
                                + " SSE_AUTH_JWT_SECRET can be set to the text of a file) in SSE_AUTH_JWT_SECRET");
            }
        }
        assertThat(started).isEmpty();
        Overrides slashes = new Overrides(Map.of("SSE_AUTH_JWT_SECRET", "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBD"), Map.of());
        assertThat(run(slashes, "check-config", conf).status()).isZero();
    }

    @Test
    void aBadFile_isTold() throws IOException {
        String conf = file("bridge.yaml", "http:\n  port: eighty\n");

        assertFailed(
                run(WITH_A_SECRET, "check-config", conf),
                "http.port: \"eighty\" (expected: a whole number from 0 to 65535) in " + conf + ":2");
    }

    @Test
    void aToken_hasTheRequestedAndTheConfiguredClaims() throws IOException {
        String conf = file(
                "bridge.yaml",
                "auth: {jwt: {algorithms: [HS512], issuer: me, audience: [you, them]}, claim: grants, subject: uid}");

        Outcome outcome = run(
                WITH_A_SECRET,
                ("token --sub alice --subscribe users.** --subscribe news --publish jobs.* --admin x"
                                + " --property role=admin --ttl 10m -conf " + conf)
                        .split(" ", -1));

        assertThat(outcome.status()).isZero();
        JsonObject claims = part(outcome.out(), 1);
        assertThat(part(outcome.out(), 0).getString("alg")).isEqualTo("HS512");
        assertThat(claims.getLong("exp") - claims.getLong("iat")).isEqualTo(600);
        assertThat(claims.copy().put("iat", 0).put("exp", 0))
                .isEqualTo(new JsonObject()
                        .put("uid", "alice")
                        .put(
                                "grants",
                                new JsonObject()
                                        .put("subscribe", JsonArray.of("users.**", "news"))
                                        .put("publish", JsonArray.of("jobs.*"))
                                        .put("admin", JsonArray.of("x")))
                        .put("properties", new JsonObject().put("role", "admin"))
                        .put("iss", "me")
                        .put("aud", JsonArray.of("you", "them"))
                        .put("iat", 0)
                        .put("exp", 0));
    }

    private static JsonObject part(String token, int index) {
        byte[] json = Base64.getUrlDecoder().decode(token.strip().split("\\.", -1)[index]);
        return new JsonObject(new String(json, StandardCharsets.UTF_8));
    }

    @Test
    void aTokenWithoutASecret_isRefused() {
        assertFailed(
                run(Overrides.NONE, "token", "--sub", "alice"),
                "auth.jwt.secret: missing, and without a configuration this is demo mode: its nodes draw a key of their own"
                        + " (expected: the nodes' secret in SSE_AUTH_JWT_SECRET or in -conf FILE;"
                        + " in demo mode POST /demo/session makes a session)");
    }

    @Test
    void aBadPattern_isRefused() {
        assertFailed(
                run(WITH_A_SECRET, "token", "--sub", "alice", "--publish", "a..b"),
                "Invalid value for option '--publish' (PATTERN): pattern \"a..b\": has an empty segment"
                        + " (expected: no dot at the ends, no two in a row) (--help lists all commands and options)");
    }

    @Test
    void help_listsTheCommands() {
        assertThat(run(Overrides.NONE, "--help").out()).contains("check-config", "token", "-conf", "--standalone");
        assertThat(run(Overrides.NONE, "bench", "--help").out())
                .contains("Examples:", "bench http://127.0.0.1:8080 --subscribers 1000 --rate 100", "bench.{n}");
        assertThat(run(Overrides.NONE, "--version").out()).startsWith("sse-bridge ");
    }
}
