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
 * share. Each is made when the first process of its kind starts in a test run. Two JVMs of a test run make both at the same time.
 */
public final class SharedClasses {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Pattern LISTENING = Pattern.compile("listening on (http://[^/ ]+:\\d+)/");
    private static final Path JAR = Jar.file();

    private SharedClasses() {}

    /** The option for java with which processes with the jar first on their class path share its classes. */
    public static String ofNodes() {
        return option(OfNodes.ARCHIVE);
    }

    /** The same for processes that run {@link #serviceJar}. */
    static String ofServices() {
        return option(OfServices.ARCHIVE);
    }

    /** A jar with {@link PlainService} and nothing else: java archives no classes that lie in directories. */
    static Path serviceJar() {
        return OfServices.JAR_FILE;
    }

    private static String option(Path archive) {
        return "-XX:SharedArchiveFile=" + archive;
    }

    /** Makes files. */
    private interface Maker {
        void make() throws IOException;
    }

    /** Makes an archive if there is none that is newer than the jar. Tests run in several JVMs: the first one makes it, the others wait. */
    private static void once(Path archive, Maker maker) {
        try (FileChannel file = FileChannel.open(
                        archive.resolveSibling(archive.getFileName() + ".lock"),
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE);
                FileLock made = file.lock()) {
            assert made.isValid();
            if (!Files.exists(archive)
                    || Files.getLastModifiedTime(archive).compareTo(Files.getLastModifiedTime(JAR)) <= 0) {
                maker.make();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> archiveAtExit(Path archive) {
        return List.of("-XX:ArchiveClassesAtExit=" + archive, "-Xlog:cds=off");
    }

    /** Ends a process, and keeps the archive that it leaves. */
    private static void end(ChildProcess process, Path left, Path archive) throws IOException {
        int status = process.stop();
        if (!Files.exists(left)) {
            throw process.failure("has ended with status " + status + " and left no archive of its classes", null);
        }
        Files.move(left, archive, StandardCopyOption.REPLACE_EXISTING);
    }

    private static final class OfNodes {
        private static final Path ARCHIVE = JAR.resolveSibling("sse-bridge.jsa");

        static {
            once(ARCHIVE, OfNodes::make);
        }

        /** Has a node do what most nodes of tests do, in a cluster of its own. */
        private static void make() throws IOException {
            Path directory = TemporaryDirectory.create();
            Path left = directory.resolve("node.jsa");
            Path config = Files.writeString(directory.resolve("config.yaml"), NodeSetup.CONFIG);
            try (TestCluster cluster = new TestCluster();
                    ChildProcess node = ChildProcess.start(
                            "node that shares its classes",
                            directory,
                            Map.of("SSE_HTTP_PORT", "0", "SSE_SHUTDOWN_GRACE", "0s"),
                            Jar.command(
                                    JAR,
                                    archiveAtExit(left),
                                    List.of(
                                            "-conf",
                                            config.toString(),
                                            "--cluster-config",
                                            cluster.clusterConfig().toString())))) {
                use(node.awaitLine(LISTENING, PATIENCE).group(1));
                end(node, left, ARCHIVE);
            }
        }

        private static void use(String uri) {
            String token = Tokens.mint("alice", List.of("**"), List.of("**"));
            try (EventStreamReader stream = EventStreamReader.open(
                    URI.create(uri + "/stream/team.first"), Map.of("Authorization", "Bearer " + token))) {
                stream.await("stream-open");
                send(uri + "/publish/team.first", token, HttpRequest.BodyPublishers.ofString("{\"data\": 1}"), 201);
                stream.await("message");
                send(uri + "/history/team.first", token, HttpRequest.BodyPublishers.noBody(), 200);
                send(uri + "/presence/public.first", token, HttpRequest.BodyPublishers.noBody(), 200);
                send(uri + "/health/ready", token, HttpRequest.BodyPublishers.noBody(), 200);
            }
        }

        private static void send(String uri, String token, HttpRequest.BodyPublisher body, int expected) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(uri))
                    .header("Content-Type", "application/json")
                    .header("Authorization", "Bearer " + token)
                    .method(body.contentLength() == 0 ? "GET" : "POST", body)
                    .build();
            try {
                HttpResponse<String> answer =
                        HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofString());
                if (answer.statusCode() != expected) {
                    throw new AssertionError("%s: status %d: %s".formatted(uri, answer.statusCode(), answer.body()));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
    }

    private static final class OfServices {
        private static final Path JAR_FILE = JAR.resolveSibling("plain-service.jar");
        private static final Path ARCHIVE = JAR.resolveSibling("plain-service.jsa");

        static {
            once(ARCHIVE, OfServices::make);
        }

        /** Has a service found a cluster. */
        private static void make() throws IOException {
            makeJar();
            Path directory = TemporaryDirectory.create();
            Path left = directory.resolve("service.jsa");
            try (TestCluster cluster = new TestCluster();
                    ChildProcess service = ChildProcess.start(
                            "service that shares its classes",
                            directory,
                            Map.of(),
                            PlainServiceProcess.command(JAR_FILE, archiveAtExit(left), cluster.clusterConfig()))) {
                service.awaitLine(PlainServiceProcess.JOINED, PATIENCE);
                end(service, left, ARCHIVE);
            }
        }

        private static void makeJar() throws IOException {
            try (Stream<Path> classes = Files.list(testClasses().resolve("plainservice"));
                    OutputStream file = Files.newOutputStream(JAR_FILE);
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
    }
}
