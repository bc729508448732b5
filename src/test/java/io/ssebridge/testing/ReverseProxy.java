package io.ssebridge.testing;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A real proxy in front of two nodes: a process with the configuration that users get, in which addresses, ports and places of files are
 * this test's own. Needs no root. Any thread may call.
 */
public final class ReverseProxy implements AutoCloseable {
    /** The proxies that users get a configuration for. */
    public enum Program {
        /** <a href="https://nginx.org/en/docs/">nginx</a>. */
        NGINX("nginx", "nginx.conf"),
        /** <a href="https://docs.haproxy.org/">HAProxy</a>. */
        HAPROXY("haproxy", "haproxy.cfg"),
        /** <a href="https://caddyserver.com/docs/">Caddy</a>. */
        CADDY("caddy", "Caddyfile"),
        /** <a href="https://httpd.apache.org/docs/2.4/">Apache httpd</a>. */
        APACHE("apache2", "apache.conf");

        private final String executable;
        private final String configuration;

        Program(String executable, String configuration) {
            this.executable = executable;
            this.configuration = configuration;
        }

        private Optional<Path> find() {
            // Debian's servers are where only root looks for programs.
            return Stream.concat(
                            Stream.of(System.getenv("PATH").split(File.pathSeparator)),
                            Stream.of("/usr/sbin", "/usr/local/sbin"))
                    .map(directory -> Path.of(directory, executable))
                    .filter(Files::isExecutable)
                    .findFirst();
        }
    }

    private static final boolean REQUIRED = Boolean.parseBoolean(System.getenv("PROXIES_REQUIRED"));
    private static final Path EXAMPLES = Path.of("src/examples/proxy").toAbsolutePath();
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Program program;
    private final int port;
    private final ChildProcess process;

    private ReverseProxy(Program program, List<Integer> nodes, UnaryOperator<String> change) {
        this.program = program;
        this.port = FreePorts.range(1);
        Path directory = TemporaryDirectory.create();
        Path executable = program.find().orElseThrow();
        try {
            String configuration =
                    Files.readString(EXAMPLES.resolve(program.configuration)).replace("\r\n", "\n");
            String ofNodes = with(
                    with(configuration, "10.0.0.1:8080", "127.0.0.1:" + nodes.get(0)),
                    "10.0.0.2:8080",
                    "127.0.0.1:" + nodes.get(1));
            Path file = Files.writeString(
                    directory.resolve(program.configuration), change.apply(here(program, ofNodes, directory, port)));
            process = ChildProcess.start(
                    program.executable,
                    directory,
                    Map.of("XDG_DATA_HOME", directory.toString(), "XDG_CONFIG_HOME", directory.toString()),
                    command(program, executable, file, directory));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        if (!Eventually.within(PATIENCE, () -> isListening() || !process.isAlive()) || !process.isAlive()) {
            close();
            throw process.failure("does not listen", null);
        }
    }

    /**
     * Starts every proxy that is installed, and waits until they listen. Skips the test where none is, or fails it where one is missing
     * that is required.
     *
     * @param nodes the ports of two nodes on loopback
     * @param change what is different from the configuration that users get, besides addresses and places
     */
    public static List<ReverseProxy> startAll(List<Integer> nodes, UnaryOperator<String> change) {
        List<ReverseProxy> proxies = new ArrayList<>();
        try {
            for (Program program : installed(Program.values())) {
                proxies.add(new ReverseProxy(program, nodes, change));
            }
        } catch (AssertionError | RuntimeException e) {
            proxies.forEach(ReverseProxy::close);
            throw e;
        }
        return proxies;
    }

    /**
     * Starts one proxy, as {@link #startAll} starts all.
     *
     * @param program which one
     * @param nodes as above
     * @param change as above
     */
    public static ReverseProxy start(Program program, List<Integer> nodes, UnaryOperator<String> change) {
        return new ReverseProxy(installed(program).get(0), nodes, change);
    }

    private static List<Program> installed(Program... wanted) {
        List<Program> installed =
                Stream.of(wanted).filter(program -> program.find().isPresent()).toList();
        if (installed.size() < wanted.length) {
            String what = "Not installed: "
                    + Stream.of(wanted)
                            .filter(program -> !installed.contains(program))
                            .toList();
            if (REQUIRED) {
                fail(what + ". PROXIES_REQUIRED forbids to skip.");
            }
            // Maven shows how many tests were skipped, but neither which part of one nor why.
            System.err.println("SKIPPED: streams through some proxies are not tested. " + what);
            if (installed.isEmpty()) {
                abort(what);
            }
        }
        return installed;
    }

    /** The same configuration on a port of the test, with its files in a directory of the test, as any user. */
    private static String here(Program program, String configuration, Path directory, int port) {
        String address = "127.0.0.1:" + port;
        return switch (program) {
            case NGINX ->
                with(
                        with(configuration, "listen 80;", "listen " + address + ";"),
                        "\nhttp {\n",
                        Stream.of("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
                                .map(kind -> "    %s_temp_path %s;\n".formatted(kind, directory.resolve(kind)))
                                .collect(Collectors.joining("", "\nhttp {\n", "")));
            case HAPROXY ->
                with(
                        with(
                                with(configuration, "bind :80\n", "bind " + address + "\n"),
                                "    user haproxy\n    group haproxy\n    chroot /var/lib/haproxy\n",
                                ""),
                        "/etc/haproxy",
                        EXAMPLES.toString());
            case CADDY ->
                with(
                        with(configuration, "\n:80 {\n", "\nhttp://" + address + " {\n"),
                        // It would listen on a fixed port.
                        "\n{\n",
                        "\n{\n\tadmin off\n");
            case APACHE ->
                with(
                        with(
                                with(
                                        with(configuration, "Listen 80\n", "Listen " + address + "\n"),
                                        "/etc/apache2/later.asis",
                                        EXAMPLES.resolve("later.asis").toString()),
                                "ServerRoot /etc/apache2\n",
                                "ServerRoot %s\nDefaultRuntimeDir %s\n".formatted(directory, directory)),
                        "PidFile /run/apache2/apache2.pid\nErrorLog /var/log/apache2/error.log\n",
                        "PidFile %s\nErrorLog /dev/stderr\n".formatted(directory.resolve("apache2.pid")));
        };
    }

    /** In one process, which is gone when it is killed. */
    private static List<String> command(Program program, Path executable, Path file, Path directory) {
        return switch (program) {
            case NGINX ->
                List.of(
                        executable.toString(),
                        "-p",
                        directory.toString(),
                        "-c",
                        file.toString(),
                        "-e",
                        "stderr",
                        "-g",
                        "daemon off; master_process off; pid %s;".formatted(directory.resolve("nginx.pid")));
            case HAPROXY -> List.of(executable.toString(), "-db", "-f", file.toString());
            case CADDY -> List.of(executable.toString(), "run", "--adapter", "caddyfile", "--config", file.toString());
            case APACHE -> List.of(executable.toString(), "-X", "-f", file.toString());
        };
    }

    /**
     * Replaces a part of a configuration that has to be there.
     *
     * @param configuration the text
     * @param part to be replaced, everywhere
     * @param other in its place
     */
    public static String with(String configuration, String part, String other) {
        if (!configuration.contains(part)) {
            throw new AssertionError("no \"%s\" in this configuration:\n%s".formatted(part, configuration));
        }
        return configuration.replace(part, other);
    }

    private boolean isListening() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
        } catch (IOException nobody) {
            return false;
        }
    }

    /** Which one it is. */
    public Program program() {
        return program;
    }

    /** What a page of its own has as its origin. */
    public String origin() {
        return "http://127.0.0.1:" + port;
    }

    /**
     * An address behind the proxy.
     *
     * @param pathAndQuery from the first slash on
     */
    public URI uri(String pathAndQuery) {
        return URI.create(origin() + pathAndQuery);
    }

    /**
     * Posts plain text, and answers the status.
     *
     * @param pathAndQuery where to
     * @param text the body
     * @param headers names and values in turn
     */
    public int post(String pathAndQuery, String text, String... headers) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri(pathAndQuery))
                .timeout(PATIENCE)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString(text));
        try {
            return http.send(
                            (headers.length == 0 ? request : request.headers(headers)).build(),
                            HttpResponse.BodyHandlers.discarding())
                    .statusCode();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw process.failure("interrupted while it was asked", e);
        }
    }

    @Override
    public String toString() {
        return program.name().toLowerCase(Locale.ROOT);
    }

    @Override
    public void close() {
        process.close();
    }
}
