package io.ssebridge.testing;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import plainservice.PlainService;

/**
 * The classes of a node, and those of a {@link PlainService}, loaded and checked once: archives beside the jar that all further processes
 * share. They are made when the first process of a test run starts.
 */
public final class SharedClasses {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern LISTENING = Pattern.compile("listening on (http://[^/ ]+:\\d+)/");

    private SharedClasses() {}

    /** The option for java with which processes with the jar first on their class path share its classes. */
    public static String ofNodes() {
        return option(Archives.NODE);
    }

    /** The same for processes that run {@link #serviceJar}. */
    static String ofServices() {
        return option(Archives.SERVICE);
    }

    /** A jar with {@link PlainService} and nothing else: java archives no classes that lie in directories. */
    static Path serviceJar() {
        return Archives.SERVICE_JAR;
    }

    private static String option(Path archive) {
        return "-XX:SharedArchiveFile=" + archive;
    }

    private static final class Archives {
        private static final Path JAR = Jar.file();
        private static final Path NODE = JAR.resolveSibling("sse-bridge.jsa");
        private static final Path SERVICE = JAR.resolveSibling("plain-service.jsa");
        private static final Path SERVICE_JAR = JAR.resolveSibling("plain-service.jar");

        static {
            // Tests run in several JVMs at the same time: the first one makes them, the others wait.
            try (FileChannel file = FileChannel.open(
                            JAR.resolveSibling("sse-bridge.jsa.lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
                    FileLock made = file.lock()) {
                assert made.isValid();
                if (!Files.exists(NODE)
                        || Files.getLastModifiedTime(NODE).compareTo(Files.getLastModifiedTime(JAR)) <= 0) {
                    makeJar();
                    makeArchives();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private static void makeJar() throws IOException {
            try (Stream<Path> classes = Files.list(testClasses().resolve("plainservice"));
                    OutputStream file = Files.newOutputStream(SERVICE_JAR);
                    JarOutputStream jar = new JarOutputStream(file)) {
                for (Path each : classes.toList()) {
                    jar.putNextEntry(new JarEntry("plainservice/" + each.getFileName()));
                    Files.copy(each, jar);
                }
            }
        }

        private static Path testClasses() {
            try {
                return Path.of(PlainService.class
                        .getProtectionDomain()
                        .getCodeSource()
                        .getLocation()
                        .toURI());
            } catch (URISyntaxException e) {
                throw new AssertionError("the test classes lie at no path", e);
            }
        }

        /** Has a node and a service form a cluster, publish and stop again: java archives all that they have loaded. */
        private static void makeArchives() throws IOException {
            Path directory = TemporaryDirectory.create();
            Path ofNode = directory.resolve("node.jsa");
            Path ofService = directory.resolve("service.jsa");
            try (TestCluster cluster = new TestCluster();
                    ChildProcess node = ChildProcess.start(
                            "node that shares its classes",
                            directory,
                            Map.of("SSE_HTTP_PORT", "0", "SSE_SHUTDOWN_GRACE", "0s"),
                            Jar.command(
                                    JAR,
                                    archiveAtExit(ofNode),
                                    List.of(
                                            "--cluster-config",
                                            cluster.clusterConfig().toString())))) {
                String uri = node.awaitLine(LISTENING, PATIENCE).group(1);
                try (ChildProcess service = ChildProcess.start(
                        "service that shares its classes",
                        directory,
                        Map.of(),
                        PlainServiceProcess.command(SERVICE_JAR, archiveAtExit(ofService), cluster.clusterConfig()))) {
                    service.awaitLine(PlainServiceProcess.JOINED, PATIENCE);
                    publish(uri);
                    end(service, ofService);
                }
                end(node, ofNode);
            }
            Files.move(ofService, SERVICE, StandardCopyOption.REPLACE_EXISTING);
            Files.move(ofNode, NODE, StandardCopyOption.REPLACE_EXISTING);
        }

        private static List<String> archiveAtExit(Path archive) {
            return List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off");
        }

        private static void end(ChildProcess process, Path archive) {
            int status = process.stop();
            if (!Files.exists(archive)) {
                throw process.failure("has ended with status " + status + " and left no archive of its classes", null);
            }
        }

        private static void publish(String uri) throws IOException {
            HttpRequest request = HttpRequest.newBuilder(URI.create(uri + "/publish/public.first"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString("{\"data\": 1}"))
                    .build();
            try {
                HttpResponse<String> answer =
                        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != 201) {
                    throw new AssertionError("publish: status " + answer.statusCode() + ": " + answer.body());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }
}
