package io.ssebridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * A real node: a process that runs the jar as a user would, in a directory of its own, on ports of its own. Started by
 * {@link TestCluster}, or alone by {@link #standalone}; killed when closed.
 */
public final class TestNode implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    // Usually some seconds; beside 90,000 streams on two cores, more than a minute.
    private static final Duration PATIENCE_AT_START = Duration.ofMinutes(4);
    private static final Duration BETWEEN_PROBES = Duration.ofMillis(50);
    private static final Pattern LISTENING = Pattern.compile("listening on https?://[^/ ]+:(\\d+)/");
    private static final HttpClient HTTP = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(PATIENCE)
            .build();

    private final ChildProcess process;
    private final Site site;
    private final Path directory;
    private int port;

    private TestNode(ChildProcess process, Site site, Path directory) {
        this.process = process;
        this.site = site;
        this.directory = directory;
    }

    /**
     * Starts a node without a cluster and waits until it is ready.
     *
     * @param setup how to start it
     */
    public static TestNode standalone(NodeSetup setup) {
        TestNode node = launch("standalone", Site.HERE, TemporaryDirectory.create(), setup.argument("--standalone"));
        node.awaitReady();
        return node;
    }

    /**
     * Starts a node without a cluster that speaks TLS, and waits until it listens.
     *
     * @param setup how to start it
     */
    public static TestNode standaloneWithTls(NodeSetup setup) {
        TestNode node = launch("standalone", Site.HERE, TemporaryDirectory.create(), setup.argument("--standalone"));
        node.port = node.awaitPort();
        return node;
    }

    private int awaitPort() {
        return Integer.parseInt(process.awaitLine(LISTENING, PATIENCE_AT_START).group(1));
    }

    /** Starts a process that {@link #awaitReady} has to be called on before it is used. */
    static TestNode launch(String name, Site site, Path directory, NodeSetup setup) {
        Map<String, String> environment = new HashMap<>();
        environment.put("SSE_HTTP_PORT", "0");
        environment.put("SSE_SHUTDOWN_GRACE", "0s");
        environment.putAll(setup.environment());
        List<String> arguments = new ArrayList<>();
        if (setup.config() != null) {
            arguments.add("-conf");
            arguments.add(write(directory.resolve("config.yaml"), setup.config()));
        }
        arguments.addAll(setup.arguments());
        ChildProcess process = ChildProcess.start(
                name, directory, environment, site.command(Jar.command(setup.jvmOptions(), arguments)));
        return new TestNode(process, site, directory);
    }

    /** Waits until it says where it listens and that it is ready. */
    void awaitReady() {
        port = awaitPort();
        long deadline = System.nanoTime() + PATIENCE_AT_START.toNanos();
        while (!isReady()) {
            if (System.nanoTime() > deadline || !process.isAlive()) {
                throw process.failure("did not become ready", null);
            }
            Pause.of(BETWEEN_PROBES);
        }
    }

    /** Whether {@code /health/ready} answers 200. */
    public boolean isReady() {
        try {
            return get("/health/ready").statusCode() == 200;
        } catch (UncheckedIOException notListening) {
            return false;
        }
    }

    /**
     * An address on this node.
     *
     * @param pathAndQuery as they go over the wire, from the first slash on
     */
    public URI uri(String pathAndQuery) {
        return URI.create("http://" + site.host() + ":" + port + pathAndQuery);
    }

    /**
     * Opens a stream.
     *
     * @param pathAndQuery such as {@code /stream/sse}
     */
    public EventStreamReader stream(String pathAndQuery) {
        return EventStreamReader.open(uri(pathAndQuery));
    }

    /**
     * Opens a stream with a token.
     *
     * @param pathAndQuery such as {@code /stream/sse}
     * @param token for {@code Authorization: Bearer}
     */
    public EventStreamReader stream(String pathAndQuery, String token) {
        return EventStreamReader.open(uri(pathAndQuery), Map.of("Authorization", "Bearer " + token));
    }

    /**
     * Asks by GET.
     *
     * @param pathAndQuery path and query of the request
     * @param headers names and values in turn
     */
    public HttpResponse<String> get(String pathAndQuery, String... headers) {
        return send(request(pathAndQuery, headers).GET());
    }

    /**
     * Posts JSON.
     *
     * @param pathAndQuery where to
     * @param json the body
     * @param headers names and values in turn
     */
    public HttpResponse<String> post(String pathAndQuery, String json, String... headers) {
        return send(request(pathAndQuery, headers)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(json)));
    }

    /**
     * Asks in any way.
     *
     * @param request built upon {@link #uri}
     */
    public HttpResponse<String> send(HttpRequest.Builder request) {
        try {
            return HTTP.send(request.timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw process.failure("interrupted while it was asked", e);
        }
    }

    /** The directory it works in. */
    public Path directory() {
        return directory;
    }

    /** The process, to stop it, to kill it, to freeze it, and to read its output. */
    public ChildProcess process() {
        return process;
    }

    /** Asks it to end (SIGTERM), waits until it has, and answers its exit status. */
    public int stop() {
        return process.stop();
    }

    /** Ends it at once (SIGKILL). */
    public void kill() {
        process.kill();
    }

    /** Freezes it (SIGSTOP). */
    public void freeze() {
        process.freeze();
    }

    /** Continues it after a freeze (SIGCONT). */
    public void thaw() {
        process.thaw();
    }

    @Override
    public void close() {
        process.close();
    }

    private HttpRequest.Builder request(String pathAndQuery, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(pathAndQuery));
        return headers.length == 0 ? request : request.headers(headers);
    }

    private static String write(Path file, String text) {
        try {
            return Files.writeString(file, text).toString();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
