package io.ssebridge.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.config.Overrides;
import io.ssebridge.http.ServedNode;
import io.ssebridge.testing.CuttingProxy;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.FreePorts;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayInputStream;
import java.io.FilterWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that ask a running node. */
@Timeout(60)
class RunningNodeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int EVENTS = 300;
    private static final int MANY_LINES = 20_000;

    private final ServedNode node = ServedNode.of("""
            stream: {retry: 100ms}
            channels:
              - {channel: news, subscribe: public, publish: public, history: {size: 1000}}
              - {channel: "jobs.{id}", subscribe: public, publish: public}
              - {channel: secret, subscribe: granted, publish: granted, presence: members}
            """);
    private final String url = "http://127.0.0.1:" + node.port();

    @AfterEach
    void close() {
        node.close();
    }

    /** A command in a thread of its own. */
    private static final class Run {
        private final StringWriter out = new StringWriter();
        private final StringWriter err = new StringWriter();
        private volatile boolean isOutGone;
        private final CompletableFuture<Integer> status = new CompletableFuture<>();
        private final Thread thread;

        Run(Map<String, String> environment, String... args) {
            OptionsLoader loader = new OptionsLoader(new Overrides(environment, Map.of()), Path.of("not-there.yaml"));
            thread = new Thread(() -> {
                try {
                    status.complete(Commands.of(loader, (options, file, standalone, cluster) -> {})
                            .setOut(new PrintWriter(pipe(), true))
                            .setErr(new PrintWriter(err, true))
                            .execute(args));
                } catch (RuntimeException | Error e) {
                    status.completeExceptionally(e);
                }
            });
            thread.setDaemon(true);
            thread.start();
        }

        private Writer pipe() {
            return new FilterWriter(out) {
                @Override
                public void flush() throws IOException {
                    if (isOutGone) {
                        throw new IOException("nothing reads the output");
                    }
                }
            };
        }

        int status() throws Exception {
            return status.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        }

        void awaitErr(String text) {
            assertThat(Eventually.within(PATIENCE, () -> err.toString().contains(text)))
                    .as("%s in %s", text, err)
                    .isTrue();
        }

        void awaitOut(String text) {
            assertThat(Eventually.within(PATIENCE, () -> out.toString().contains(text)))
                    .as("%s in %s %s", text, out, err)
                    .isTrue();
        }
    }

    /** Ends a tail as the end of {@code head} in a pipe does: nothing takes its next line. */
    private int stop(Run tail, String channel) throws Exception {
        tail.isOutGone = true;
        node.publish(channel, "after the end");
        return tail.status();
    }

    private static Run run(String... args) {
        return new Run(Map.of(), args);
    }

    private static void assertRefused(Run run, String message) throws Exception {
        assertThat(run.status()).isEqualTo(2);
        assertThat(run.out.toString()).isEmpty();
        assertThat(run.err.toString()).isEqualTo(message + System.lineSeparator());
    }

    @Test
    void eachEvent_isOneLine() throws Exception {
        node.publish("news", "one\ntwo\u001B[2J");
        assertThat(run("publish", url, "--channel", "jobs.a", "--event", "b", "1.10")
                        .status())
                .isZero();

        Run tail = run("tail", url, "--channel", "news", "--channel", "jobs.a", "--last", "1");
        tail.awaitOut("jobs.a");

        tail.awaitOut("news");
        assertThat(stop(tail, "news")).isZero();
        assertThat(tail.out.toString().lines())
                .containsExactlyInAnyOrder("news\tmessage\tone\\u000Atwo\\u001B[2J", "jobs.a\tb\t1.10");
        assertThat(tail.err.toString()).contains("stream-open: subscriber ").contains("channels [\"news\",\"jobs.a\"]");
    }

    @Test
    void rawData_isPrintedAsItWasPublished() throws Exception {
        node.publish("news", "{\"n\": 12345678901234567890123.10,\n\n\"a\": 1}");

        Run tail = run("tail", url, "--channel", "news", "--since", "0", "--raw");
        tail.awaitOut("}");

        assertThat(stop(tail, "news")).isZero();
        assertThat(tail.out.toString().lines()).containsExactly("{\"n\": 12345678901234567890123.10,", "", "\"a\": 1}");
    }

    @Test
    void aConnectionThatIsCut_losesNoEventAndRepeatsNone() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(() -> URI.create(url), 7, 6000)) {
            Run tail = run("tail", proxy.uri("").toString(), "--channel", "news", "--last", "1");
            tail.awaitErr("stream-open");
            for (int i = 0; i < EVENTS; i++) {
                node.publish("news", "event " + i);
            }
            tail.awaitOut("event " + (EVENTS - 1) + System.lineSeparator());

            assertThat(stop(tail, "news")).isZero();
            assertThat(tail.out.toString().lines())
                    .containsExactlyElementsOf(IntStream.range(0, EVENTS)
                            .mapToObj(i -> "news\tmessage\tevent " + i)
                            .toList());
            assertThat(proxy.cuts()).isGreaterThan(3);
            assertThat(tail.err.toString()).contains("reconnecting in ");
        }
    }

    @Test
    void whenTheChannelHasEnded_theTailEnds() throws Exception {
        Run tail = run("tail", url, "--channel", "jobs.a");
        tail.awaitErr("stream-open");
        assertThat(publishJson("jobs.a", "{\"data\": {\"n\": 1.10}, \"end\": true}"))
                .isEqualTo(201);

        assertThat(tail.status()).isZero();
        assertThat(tail.out.toString().lines()).containsExactly("jobs.a\tmessage\t{\"n\":1.10}");
        assertThat(tail.err.toString()).contains("stream-end: channel jobs.a").contains("stream-error: reason ended");
    }

    private int publishJson(String channel, String json) throws Exception {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create(url + "/publish/" + channel))
                                .header("Content-Type", "application/json")
                                .POST(HttpRequest.BodyPublishers.ofString(json))
                                .build(),
                        HttpResponse.BodyHandlers.discarding())
                .statusCode();
    }

    @Test
    void aRefusal_isOneLineThatSaysWhatToChange() throws Exception {
        String tokenNeeded = "secret: Token needed: a token is needed, but the request has none"
                + " (expected: a valid token, as --token or in SSE_TOKEN)";
        assertRefused(run("tail", url, "--channel", "secret"), tokenNeeded);
        assertRefused(run("publish", url, "--channel", "secret", "x"), tokenNeeded);
        assertRefused(
                run("tail", url, "--channel", "other"), "other: No such channel: no rule of the configuration matches");
        assertRefused(
                run("tail", url + "/elsewhere", "--channel", "news"),
                "Not found: there is nothing at this path (expected: the URL of a node, with its http.path)");
        assertRefused(
                run("presence", "localhost:1", "--channel", "news"),
                "URL: \"localhost:1\" (expected: such as http://localhost:8080)");
        assertRefused(
                run("publish", url, "--channel", "news"),
                "only a URL (expected: one more argument after it, see --help)");
        assertRefused(
                run("tail", url, "--token", "a\nb"),
                "--token: has a character that is never in a token (expected: a token)");
        Run unreadable = run("tail", url, "--channel", "news", "--last", "many");
        assertThat(unreadable.status()).isEqualTo(2);
        assertThat(unreadable.err.toString()).startsWith("Bad request: ");
    }

    @Test
    void withoutAServer_theCommandEndsAtOnce() throws Exception {
        String nobody = "http://127.0.0.1:" + FreePorts.range(1);
        for (Run run : List.of(
                run("tail", nobody), run("publish", nobody, "--channel", "news", "x"), run("channels", nobody))) {
            assertThat(run.status()).isEqualTo(2);
            assertThat(run.err.toString().lines())
                    .singleElement()
                    .asString()
                    .startsWith("no answer from " + nobody + ": ")
                    .endsWith(" (expected: the URL of a running node)");
        }
    }

    @Test
    void aTokenOfTheEnvironment_opensAStream_thatOtherCommandsExplain() throws Exception {
        Map<String, String> alice = Map.of("SSE_TOKEN", Tokens.mint("alice", List.of("secret"), List.of("secret")));
        Run tail = new Run(alice, "tail", url, "--channel", "secret");
        tail.awaitErr("stream-open");

        Run presence = new Run(alice, "presence", url, "--channel", "secret");
        assertThat(presence.status()).isZero();
        JsonObject there = new JsonObject(presence.out.toString());
        assertThat(there.getInteger("subscribers")).isEqualTo(1);
        assertThat(there.getJsonArray("members").getJsonObject(0).getString("sub"))
                .isEqualTo("alice");

        String id = tail.err.toString().replaceFirst("(?s).*subscriber ([0-9a-f]+),.*", "$1");
        Run explain = new Run(alice, "explain", url, id);
        assertThat(explain.status()).isZero();
        assertThat(new JsonObject(explain.out.toString()).getString("sub")).isEqualTo("alice");
        assertRefused(
                run("explain", url, id, "--token", Tokens.of("mallory")),
                "No such subscriber: no open stream of this subject has this id");

        Run channels = run("channels", url, "--token", Tokens.admin("root", List.of("**")));
        assertThat(channels.status()).isZero();
        assertThat(channels.out.toString()).startsWith("secret\t1\t");
        assertThat(stop(tail, "secret")).isZero();
    }

    @Test
    void aStreamWithoutHeartbeats_isOpenedAgainWithItsId() throws Exception {
        String head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n";
        try (ServerSocket server = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Run tail = run("tail", "http://127.0.0.1:" + server.getLocalPort(), "--raw");
            try (Socket silent = server.accept()) {
                silent.getOutputStream()
                        .write((head + "event: stream-open\nretry: 1\ndata: {\"heartbeatMillis\":10}\nid: 5\n\n")
                                .getBytes(UTF_8));
                try (Socket next = server.accept()) {
                    StringBuilder request = new StringBuilder();
                    while (request.indexOf("\r\n\r\n") < 0) {
                        request.append((char) next.getInputStream().read());
                    }
                    assertThat(request.toString()).containsIgnoringCase("Last-Event-ID: 5\r\n");
                    next.getOutputStream().write("HTTP/1.1 204 No Content\r\n\r\n".getBytes(UTF_8));
                    assertThat(tail.status()).isZero();
                }
            }
        }
    }

    @Test
    void eachLineOfStandardInput_isAnEventWithAKey() throws Exception {
        InputStream before = System.in;
        try {
            for (int i = 0; i < 2; i++) {
                System.setIn(new ByteArrayInputStream("one\ntwo\n".getBytes(UTF_8)));
                Run publish = run("publish", url, "--channel", "news", "--key", "k", "-");
                assertThat(publish.status()).isZero();
                assertThat(publish.out.toString().lines())
                        .extracting(line -> new JsonObject(line).getString("channel"))
                        .containsExactly("news", "news");
            }
        } finally {
            System.setIn(before);
        }
        node.publish("news", "end");
        Run tail = run("tail", url, "--channel", "news", "--last", "9");
        tail.awaitOut("end");
        assertThat(stop(tail, "news")).isZero();
        assertThat(tail.out.toString().lines())
                .containsExactly("news\tmessage\tone", "news\tmessage\ttwo", "news\tmessage\tend");
    }

    @Test
    void linesOfJson_arePublishedInOneRequest_andRefusedOnesAreTold(@TempDir Path directory) throws Exception {
        StringBuilder lines = new StringBuilder(
                "{\"data\": \"first\", \"key\": \"k\"}\n\n{\"data\": \"first\", \"key\": \"k\"}\nwrong\n");
        // More than the node and the sockets hold: the answers must be read meanwhile.
        IntStream.range(0, MANY_LINES).forEach(i -> lines.append("{\"data\": " + i + "}\n"));
        Path file = Files.writeString(directory.resolve("events.ndjson"), lines);

        Run publish = run("publish", url, "--channel", "news", "--ndjson", file.toString());

        assertThat(publish.status()).isEqualTo(2);
        assertThat(publish.out.toString())
                .isEqualTo("published %d, published before 1, refused 1%n".formatted(MANY_LINES + 1));
        assertThat(publish.err.toString())
                .startsWith("line 4: news: Bad request: body: malformed JSON")
                .endsWith("1 lines were refused (expected: see above)" + System.lineSeparator());
        Run tail = run("tail", url, "--channel", "news", "--last", "1", "--raw");
        tail.awaitOut(Integer.toString(MANY_LINES - 1));
        assertThat(stop(tail, "news")).isZero();
    }

    @Test
    void linesOfStandardInput_areSentAsTheyCome() throws Exception {
        InputStream before = System.in;
        try {
            Run publish;
            Run tail = run("tail", url, "--channel", "news", "--last", "9", "--raw");
            tail.awaitErr("stream-open");
            try (PipedOutputStream source = new PipedOutputStream()) {
                System.setIn(new PipedInputStream(source));
                publish = run("publish", url, "--channel", "news", "--ndjson", "-");
                for (String data : List.of("one", "two")) {
                    source.write("{\"data\": \"%s\"}\n".formatted(data).getBytes(UTF_8));
                    source.flush();
                    tail.awaitOut(data);
                }
            }
            assertThat(publish.status()).isZero();
            assertThat(publish.out.toString()).startsWith("published 2, ");
            assertThat(stop(tail, "news")).isZero();
        } finally {
            System.setIn(before);
        }
    }

    @Test
    void linesThatCannotBePublished_areOneLine(@TempDir Path directory) throws Exception {
        String file = Files.writeString(directory.resolve("events.ndjson"), "{\"data\": 1}\n".repeat(1_000))
                .toString();
        assertRefused(
                run("publish", url, "--channel", "secret", "--ndjson", file),
                "secret: Token needed: a token is needed, but the request has none"
                        + " (expected: a valid token, as --token or in SSE_TOKEN)");
        assertRefused(
                run("publish", url, "--channel", "news", "--ndjson", file, "--key", "k"),
                "--ndjson: with DATA, --event or --key (expected: data, event and key in each line of the file)");
        assertRefused(run("publish", "--channel", "news"), "no data (expected: DATA, - or --ndjson FILE)");
        Run missing = run("publish", url, "--channel", "news", "--ndjson", file + "x");
        assertThat(missing.status()).isEqualTo(2);
        assertThat(missing.err.toString())
                .contains("cannot be read")
                .endsWith("(expected: a file, or -)" + System.lineSeparator());
        Run nobody = run("publish", "http://127.0.0.1:" + FreePorts.range(1), "--channel", "news", "--ndjson", file);
        assertThat(nobody.status()).isEqualTo(2);
        assertThat(nobody.err.toString()).startsWith("no answer from ");
        Path latin = Files.write(directory.resolve("latin"), new byte[] {'{', (byte) 0xe4, '}', '\n'});
        Run unreadable = run("publish", url, "--channel", "news", "--ndjson", latin.toString());
        assertThat(unreadable.status()).isEqualTo(2);
        assertThat(unreadable.err.toString()).startsWith("the input is not UTF-8; published 0, ");
        try (CuttingProxy proxy = new CuttingProxy(() -> URI.create(url), 3, 4_000)) {
            Run cut = run("publish", proxy.uri("").toString(), "--channel", "news", "--ndjson", file);
            assertThat(cut.status()).isEqualTo(2);
            assertThat(cut.err.toString())
                    .matches("(?s).*; published \\d+, .*publish the lines from \\d+ on again\\)\\R");
        }
    }

    @Test
    void aReceiptThatIsLost_isAskedForWithTheSameKey() throws Exception {
        // Nearly each connection is cut within the answer, after the node has published the event.
        try (CuttingProxy proxy = new CuttingProxy(() -> URI.create(url), 3, 60)) {
            assertThat(run("publish", url, "--channel", "news", "first").status())
                    .isZero();
            Run publish = run("publish", proxy.uri("").toString(), "--channel", "news", "--attempts", "3", "x");
            publish.awaitErr("sending again in ");
            proxy.calm();
            assertThat(publish.status()).isZero();
            assertThat(proxy.cuts()).isPositive();
        }
        node.publish("news", "end");
        Run tail = run("tail", url, "--channel", "news", "--last", "9", "--raw");
        tail.awaitOut("end");
        assertThat(stop(tail, "news")).isZero();
        assertThat(tail.out.toString().lines()).containsExactly("first", "x", "end");
    }

    @Test
    void anEventThatIsNotAcknowledged_isSentANumberOfTimes() throws Exception {
        try (CuttingProxy proxy = new CuttingProxy(() -> URI.create(url), 3, 10)) {
            Run publish =
                    run("publish", proxy.uri("").toString(), "--channel", "news", "--attempts", "2", "--key", "k", "x");
            assertThat(publish.status()).isEqualTo(2);
            assertThat(publish.err.toString())
                    .contains("not acknowledged in 2 attempts: ")
                    .endsWith(" (expected: publish it again with the key k)" + System.lineSeparator());
        }
    }
}
