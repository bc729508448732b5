package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.FreePorts;
import io.ssebridge.testing.KeySetServer;
import io.ssebridge.testing.KeySets;
import io.ssebridge.testing.TestCertificate;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Does what the Dockerfile does, without an image: makes the runtime and the archive by its scripts, and starts two nodes with them. They
 * find each other with the files for Kubernetes, where a file of host names takes the place of the DNS. Takes a minute or two, so it runs
 * only if it is named: {@code mvn verify -Dit.test=ImageIT}.
 */
@Timeout(540)
class ImageIT {
    private static final Duration LONG = Duration.ofMinutes(4);
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Pattern LISTENING = Pattern.compile("listening on https?://[^ /]*:(\\d+)/");
    private static final Path SCRIPTS = Path.of("src/ops/image").toAbsolutePath();
    private static final Path KUBERNETES = Path.of("src/ops/kubernetes");

    @TempDir
    private Path directory = Path.of("");

    private void run(String name, Map<String, String> environment, String... command) {
        try (ChildProcess process = ChildProcess.start(name, directory, environment, List.of(command))) {
            assertThat(process.awaitExit(LONG))
                    .as(() -> name + ": " + process.output())
                    .isZero();
        }
    }

    private ChildProcess node(String address, Map<String, String> more) {
        Map<String, String> environment = new HashMap<>(more);
        environment.putAll(Map.of(
                "SSE_HTTP_HOST", "127.0.0.1",
                "SSE_HTTP_PORT", "0",
                "SSE_MANAGEMENT_PORT", "0",
                "SSE_CLUSTER_PORT", "0",
                "SSE_SHUTDOWN_GRACE", "0s",
                "SSE_SHUTDOWN_DRAIN", "0s"));
        List<String> command = new ArrayList<>(List.of(
                directory.resolve("runtime/bin/java").toString(),
                "@" + directory.resolve("java.options"),
                "-Djdk.net.hosts.file=" + directory.resolve("hosts"),
                "-Dhazelcast.local.localAddress=" + address));
        command.addAll(List.of("-jar", directory.resolve("sse-bridge.jar").toString()));
        command.addAll(List.of(
                "-conf", KUBERNETES.resolve("config.yaml").toAbsolutePath().toString()));
        command.addAll(
                List.of("--cluster-config", directory.resolve("cluster.xml").toString()));
        return ChildProcess.start("node at " + address, directory, environment, command);
    }

    private static int port(ChildProcess node) {
        return Integer.parseInt(node.awaitLine(LISTENING, PATIENCE).group(1));
    }

    private static String token(KeyPair keys) {
        JsonObject claims = new JsonObject()
                .put("sub", "alice")
                .put("exp", Instant.now().plusSeconds(600).getEpochSecond())
                .put(
                        "channels",
                        new JsonObject()
                                .put("subscribe", new JsonArray().add("news"))
                                .put("publish", new JsonArray().add("news")));
        return Tokens.sign(claims, keys.getPrivate(), "key");
    }

    private static HttpRequest.Builder request(String uri, String token) {
        return HttpRequest.newBuilder(URI.create(uri)).header("Authorization", "Bearer " + token);
    }

    @Test
    void theRuntimeAndTheArchive_serveAClusterWithTlsAndAKeySet() throws Exception {
        makeImage();
        int hazelcast = FreePorts.range(1);
        String xml = Files.readString(KUBERNETES.resolve("cluster.xml"));
        Files.writeString(
                directory.resolve("cluster.xml"),
                xml.replace(">5701<", ">" + hazelcast + "<")
                        .replace("</service-dns>", "</service-dns><service-port>" + hazelcast + "</service-port>"));
        Files.writeString(directory.resolve("hosts"), "127.0.0.1 sse-bridge-nodes\n127.0.0.2 sse-bridge-nodes\n");
        TestCertificate certificate = TestCertificate.selfSigned("localhost");
        certificate.write(directory);
        KeyPair keys = Tokens.keysOfEs256();
        String token = token(keys);

        try (KeySetServer issuer = new KeySetServer(KeySets.of(KeySets.key("key", keys.getPublic())))) {
            Map<String, String> plain = Map.of("SSE_AUTH_JWT_JWKS", issuer.url());
            Map<String, String> tls = new HashMap<>(plain);
            tls.put("SSE_HTTP_TLS_CERT", directory.resolve("cert.pem").toString());
            tls.put("SSE_HTTP_TLS_KEY", directory.resolve("key.pem").toString());
            try (ChildProcess first = node("127.0.0.1", plain)) {
                health(first, "--wait", Long.toString(first.pid()), "/health/ready");
                try (ChildProcess second = node("127.0.0.2", tls)) {
                    exchange(port(first), port(second), certificate, token);
                    assertThat(second.stop()).isZero();
                }
                health(first);
                assertThat(first.stop()).isZero();
            }
        }
    }

    private void makeImage() throws IOException {
        String jar = Path.of(System.getProperty("bridge.jar", "target/sse-bridge.jar"))
                .toAbsolutePath()
                .toString();
        run(
                "runtime.sh",
                Map.of("JAVA_HOME", System.getProperty("java.home")),
                SCRIPTS.resolve("runtime.sh").toString(),
                jar,
                directory.resolve("runtime").toString());
        Path copy = Files.copy(Path.of(jar), directory.resolve("sse-bridge.jar"));
        run(
                "archive.sh",
                Map.of("ARCHIVE_SECONDS", "3"),
                SCRIPTS.resolve("archive.sh").toString(),
                directory.resolve("runtime/bin/java").toString(),
                copy.toString());
        assertThat(Files.readString(directory.resolve("java.options")))
                .contains(directory.resolve("sse-bridge.archive").toString());
    }

    private void health(ChildProcess node, String... arguments) {
        run(
                "health",
                Map.of("SSE_HTTP_PORT", Integer.toString(port(node))),
                Stream.concat(Stream.of(SCRIPTS.resolve("health").toString()), Stream.of(arguments))
                        .toArray(String[]::new));
    }

    /** Publishes at one node and reads at the other, over HTTP/2. */
    private static void exchange(int plain, int secure, TestCertificate certificate, String token) throws Exception {
        HttpClient client =
                HttpClient.newBuilder().sslContext(certificate.trusted()).build();
        HttpRequest stream =
                request("https://127.0.0.1:" + secure + "/stream/news", token).build();
        HttpResponse<Stream<String>> opened = client.send(stream, HttpResponse.BodyHandlers.ofLines());
        assertThat(opened.statusCode()).isEqualTo(200);
        assertThat(opened.version()).isEqualTo(HttpClient.Version.HTTP_2);
        HttpRequest publish = request("http://127.0.0.1:" + plain + "/publish/news", token)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("hello"))
                .build();
        try (Stream<String> lines = opened.body()) {
            assertThat(client.send(publish, HttpResponse.BodyHandlers.ofString())
                            .statusCode())
                    .isEqualTo(201);
            assertThat(lines.anyMatch("data: hello"::equals)).isTrue();
        }
    }
}
