package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The configuration file of running nodes changes. */
@Timeout(120)
class ReloadIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final String OTHER_SECRET = "another secret for tests, 32 bytes or more";

    @TempDir
    private Path directory = Path.of("");

    private static String config(String secret, String... rules) {
        return "http: {host: 127.0.0.1}\nauth: {jwt: {secret: '%s'}}\nstream: {retry: 100ms}\nchannels: [%s]\n"
                .formatted(secret, String.join(", ", rules));
    }

    /** Replaces the file at once, as Kubernetes replaces the link to it. */
    private static void replace(Path file, String text) throws IOException {
        Path next = Files.writeString(file.resolveSibling("next.yaml"), text);
        Files.move(next, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    private static int status(TestNode node, String channel) {
        try (EventStreamReader stream = node.stream("/stream/" + channel)) {
            return stream.status();
        }
    }

    private static int publish(TestNode node, String channel, String secret) {
        JsonObject claims = new JsonObject()
                .put("sub", "alice")
                .put("exp", Instant.now().plusSeconds(600).getEpochSecond());
        return node.post(
                        "/publish/" + channel,
                        "{\"data\":\"x\"}",
                        "Authorization",
                        "Bearer " + Tokens.sign(claims, secret))
                .statusCode();
    }

    @Test
    void runningNodes_followTheirFile_andTheSignal() throws Exception {
        String news = "{channel: news, subscribe: public, publish: authenticated}";
        String old = "{channel: old, subscribe: public}";
        String jobs = "{channel: 'jobs.{id}', subscribe: public, publish: authenticated}";
        Path file = Files.writeString(directory.resolve("bridge.yaml"), config(NodeSetup.SECRET, news, old));
        NodeSetup setup = NodeSetup.DEMO.argument("-conf").argument(file.toString());
        try (TestCluster cluster = new TestCluster()) {
            List<TestNode> nodes = cluster.start(2, setup);
            List<EventStreamReader> streams = new ArrayList<>();
            List<EventStreamReader> staying = new ArrayList<>();
            for (TestNode node : nodes) {
                streams.add(node.stream("/stream/old"));
                staying.add(node.stream("/stream/news"));
            }
            streams.forEach(stream -> stream.await("stream-open"));
            staying.forEach(stream -> stream.await("stream-open"));

            // The file of both nodes changes: a rule comes, another one goes, and the secret is another one.
            replace(file, config(OTHER_SECRET, news, jobs));
            for (TestNode node : nodes) {
                assertThat(node.process()
                                .awaitLine(Pattern.compile("The configuration has changed: (.*)"), PATIENCE)
                                .group(1))
                        .isEqualTo(
                                "auth.jwt.secret; channels[jobs.{id}]: new; channels[old]: gone. Streams that have lost their access: 1");
            }
            for (EventStreamReader stream : streams) {
                assertThat(stream.await("stream-error").data())
                        .isEqualTo("{\"reason\":\"access-lost\",\"reconnect\":false}");
            }
            for (TestNode node : nodes) {
                assertThat(status(node, "old")).isEqualTo(404);
                assertThat(publish(node, "news", NodeSetup.SECRET)).isEqualTo(401);
            }
            // Whichever node leads it.
            try (EventStreamReader stream = nodes.get(0).stream("/stream/jobs.1")) {
                stream.await("stream-open");
                assertThat(publish(nodes.get(1), "jobs.1", OTHER_SECRET)).isEqualTo(201);
                stream.await("message");
            }
            assertThat(publish(nodes.get(0), "news", OTHER_SECRET)).isEqualTo(201);
            staying.forEach(stream -> stream.await("message"));

            // A wrong file changes nothing.
            replace(file, config(OTHER_SECRET, "{channel: news, subscribe: everybody}"));
            for (TestNode node : nodes) {
                String refusal = node.process()
                        .awaitLine(Pattern.compile("(ERROR.*) The changed configuration is refused, (.*)"), PATIENCE)
                        .group(2);
                assertThat(refusal).contains("channels[0].subscribe: \"everybody\" (expected: public, ", file + ":4");
                assertThat(status(node, "jobs.1")).isEqualTo(200);
                assertThat(publish(node, "news", OTHER_SECRET)).isEqualTo(201);
            }

            if (!ignoresHangUp(nodes.get(0))) {
                aSignal_readsTheFile(nodes.get(0), file, config(OTHER_SECRET, news, jobs));
            }
            assertThat(staying).noneMatch(EventStreamReader::isEnded);
            assertThat(nodes)
                    .allSatisfy(node -> assertThat(node.process().output())
                            .noneMatch(line -> line.contains(OTHER_SECRET) || line.contains(NodeSetup.SECRET)));
        }
    }

    /** Returns whether the tests were started by nohup: then no JVM gets the signal, and the nodes inherit that. */
    private static boolean ignoresHangUp(TestNode node) throws IOException {
        // The last bit stands for SIGHUP.
        Pattern ignored = Pattern.compile("SigIgn:\\s*[0-9a-f]*[13579bdf]");
        Path status = Path.of("/proc/%d/status".formatted(node.process().pid()));
        return Files.exists(status)
                && Files.readAllLines(status).stream()
                        .anyMatch(line -> ignored.matcher(line).matches());
    }

    private static void aSignal_readsTheFile(TestNode node, Path file, String before) throws Exception {
        // The file before it comes back.
        Pattern unchanged = Pattern.compile("The configuration has not changed");
        replace(file, before);
        node.process().awaitLine(unchanged, PATIENCE);

        // The signal reads the file without a change, and does not end the process.
        int known = node.process().lines();
        Process hangUp =
                new ProcessBuilder("kill", "-HUP", String.valueOf(node.process().pid())).start();
        assertThat(hangUp.waitFor(10, TimeUnit.SECONDS)).isTrue();
        node.process().awaitLine(known, unchanged, PATIENCE);
        Eventually.holds("the node lives", PATIENCE, () -> publish(node, "news", OTHER_SECRET) == 201);
    }
}
