package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Hostile requests: each gets a clear answer, without a line in the log, and leaves nothing. */
@Timeout(60)
class HostileRequestIT {
    private static final String PUBLISH = "POST /publish/public.a HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n";
    private static final String LIVE = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";

    private static TestNode node;
    private static int quietLines;

    @BeforeAll
    static void start(@TempDir Path directory) throws IOException {
        Path webroot = directory.resolve("webroot");
        Files.createDirectories(webroot.resolve("docs"));
        Files.writeString(directory.resolve("outside.txt"), "outside");
        Files.writeString(webroot.resolve("index.html"), "index");
        Files.writeString(webroot.resolve("docs/a.txt"), "a");
        Files.writeString(webroot.resolve(".env"), "hidden");
        node = TestNode.standalone(
                NodeSetup.DEFAULT.env("SSE_HTTP_WEBROOT", webroot.toString()).env("SSE_LIMITS_CHANNELS", "10"));
        quietLines = node.process().output().size();
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** After any request: the node lives, and its log says nothing of it. */
    @AfterEach
    void nothingIsLeft() {
        assertThat(node.isReady()).isTrue();
        assertThat(news()).isEmpty();
    }

    /** The output of the node since the last call. */
    private static List<String> news() {
        List<String> lines = node.process().output();
        List<String> news = lines.subList(quietLines, lines.size());
        quietLines = lines.size();
        return news;
    }

    private static RawConnection connect() {
        return RawConnection.open(node.uri("/").getPort());
    }

    private static RawConnection.Answer ask(String... lines) {
        return RawConnection.ask(node.uri("/").getPort(), lines);
    }

    private static String unescaped(String text) {
        return text.translateEscapes();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Length: 3\\r\\nContent-Length: 4",
                "Content-Length: 3, 3",
                "Content-Length: -1",
                "Content-Length: +3",
                "Content-Length: 0x3",
                "Content-Length: 99999999999999999999",
                "Content-Length : 3",
                "Transfer-Encoding : chunked",
                "X: a\\nContent-Length: 3",
                "X: a\\rContent-Length: 3",
                "X: a\\0b",
                "X",
            })
    void aHeaderThatProxiesReadInTheirOwnWays_isRefusedAndEndsTheConnection(String header) {
        try (RawConnection connection = connect()) {
            RawConnection.Answer answer = connection
                    .send(PUBLISH + unescaped(header) + "\r\n\r\nabc" + LIVE)
                    .answer();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:malformed");
            assertThat(connection.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "xchunked",
                "identity",
                "gzip",
                "gzip, chunked",
                "chunked, identity",
                "chunked\\r\\nTransfer-Encoding: identity",
                "chunked\\r\\nTransfer-Encoding: chunked",
                "\\x0Bchunked"
            })
    void aTransferCodingThatIsNotChunked_isRefusedAndEndsTheConnection(String coding) {
        try (RawConnection connection = connect()) {
            String value = coding.startsWith("\\x0B") ? "\u000Bchunked" : unescaped(coding);
            RawConnection.Answer answer = connection
                    .send(PUBLISH + "Transfer-Encoding: " + value + "\r\n\r\n0\r\n\r\n" + LIVE)
                    .answer();

            assertThat(answer.status()).isIn(400, 501);
            assertThat(connection.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "HTTP/1.1, 'Content-Length: 3|Transfer-Encoding: chunked'",
        "HTTP/1.1, 'Transfer-Encoding: chunked|Content-Length: 3'",
        "HTTP/1.0, 'Content-Length: 3|Transfer-Encoding: chunked'",
        "HTTP/1.0, 'Transfer-Encoding: chunked|Content-Length: 3'",
        "HTTP/1.0, Transfer-Encoding: chunked",
        "HTTP/1.0, Transfer-Encoding: gzip",
    })
    void chunksBesideALengthOrInHttp10_areRefusedAndEndTheConnection(String version, String headers) {
        try (RawConnection connection = connect()) {
            RawConnection.Answer answer = connection
                    .send(PUBLISH.replace("HTTP/1.1", version)
                            + headers.replace("|", "\r\n")
                            + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n" + LIVE)
                    .answer();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:malformed");
            assertThat(connection.isEnded()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\\0\\1\\2", "\\0", "\\1", "\\t", "\\r\\n\\0", "\\177"})
    void controlBytesBeforeTheRequestLine_areRefusedAndEndTheConnection(String bytes) {
        try (RawConnection connection = connect()) {
            RawConnection.Answer answer =
                    connection.send(unescaped(bytes) + LIVE + LIVE).answer();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:malformed");
            assertThat(connection.isEnded()).isTrue();
        }
    }

    /** As <a href="https://www.rfc-editor.org/rfc/rfc9112.html#section-2.2-6">RFC 9112</a> asks of a server. */
    @Test
    void anEmptyLineBeforeTheRequestLine_isIgnored() {
        try (RawConnection connection = connect()) {
            assertThat(connection.send("\r\n" + LIVE).answer().status()).isEqualTo(200);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"zz\\r\\n", "-1\\r\\n", "ffffffffffffffff\\r\\n", "3\\nabc\\n0\\n\\n", "3;x=\"\\r\\nabc\\r\\n"})
    void brokenChunks_areRefusedAndEndTheConnection(String chunks) {
        try (RawConnection connection = connect()) {
            RawConnection.Answer answer = connection
                    .send(PUBLISH + "Transfer-Encoding: chunked\r\n\r\n" + unescaped(chunks))
                    .answer();

            assertThat(answer.status()).isEqualTo(400);
            assertThat(connection.isEnded()).isTrue();
        }
    }

    @Test
    void aBodyThatIsCutOff_isForgotten() {
        for (int i = 0; i < 5; i++) {
            RawConnection byFin = connect().send(PUBLISH + "Content-Length: 10\r\n\r\nabc");
            RawConnection byRst = connect().send(PUBLISH + "Content-Length: 10\r\n\r\nabc");
            RawConnection inHead = connect().send("POST /publish/public.a HTT");
            byFin.close();
            byRst.reset();
            inHead.reset();
        }
    }

    @Test
    void pipelinedRequestsThatAreCutOff_areForgotten() {
        for (int i = 0; i < 5; i++) {
            RawConnection connection =
                    connect().send("GET /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n" + LIVE.repeat(100));
            assertThat(connection.answer().status()).isEqualTo(200);
            connection.reset();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'GET / HTTP/1.1', 400",
        "'GET / HTTP/1.1|Host: a|Host: b', 400",
        "'GET / HTTP/1.1|Host: a b', 400",
        "GET / HTTP/1.0, 200"
    })
    void aRequestHasOneHost(String lines, int status) {
        assertThat(ask(lines.split("\\|", -1)).status()).isEqualTo(status);
    }

    @Test
    void tooMuchOfAHead_isRefused() {
        assertThat(ask("GET /stream?channel=" + "a".repeat(20_000) + " HTTP/1.1", "Host: x")
                        .status())
                .isEqualTo(414);
        assertThat(ask("GET /health/live HTTP/1.1", "Host: x", "X: " + "a".repeat(35_000))
                        .status())
                .isEqualTo(431);
        assertThat(ask(
                                "GET /health/live HTTP/1.1",
                                "Host: x",
                                "X: a\r\n".repeat(10_000).strip())
                        .status())
                .isEqualTo(431);
    }

    @Test
    void thousandsOfPipelinedRequests_areAllAnswered() {
        try (RawConnection connection = connect()) {
            connection.send(LIVE.repeat(1_000));
            for (int i = 0; i < 1_000; i++) {
                assertThat(connection.answer().status()).isEqualTo(200);
            }
        }
    }

    /** Each filled the log with a stack trace. */
    @Test
    void clientsThatLeaveBeforeTheyAreAskedForTheBody_areForgotten() {
        for (int i = 0; i < 200; i++) {
            connect()
                    .send(PUBLISH + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n")
                    .reset();
        }
    }

    @Test
    void hundredsOfHalfRequests_keepNobodyWaiting() {
        List<RawConnection> halves = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            halves.add(connect().send("GET /stream/public.a HTTP/1.1\r\nX: "));
        }
        assertThat(node.get("/health/live").statusCode()).isEqualTo(200);
        halves.forEach(RawConnection::reset);
    }

    /** One such head takes only a connection, but the number of connections is limited. */
    @Test
    void aHeadThatDrips_isCutOff_andNobodyElse() {
        try (TestNode strict = TestNode.standalone(NodeSetup.DEFAULT.env("SSE_HTTP_HEAD_TIMEOUT", "1s"));
                EventStreamReader stream = strict.stream("/stream/public.a");
                RawConnection silent = RawConnection.open(strict.uri("/").getPort());
                RawConnection second = RawConnection.open(strict.uri("/").getPort());
                RawConnection slowBody = RawConnection.open(strict.uri("/").getPort());
                RawConnection dripping = RawConnection.open(strict.uri("/").getPort())) {
            stream.await("stream-open");
            assertThat(second.send(LIVE).answer().status()).isEqualTo(200);
            slowBody.send(PUBLISH + "Expect: 100-continue\r\nContent-Length: 4\r\n\r\n");
            assertThat(slowBody.answer().status()).isEqualTo(100);
            dripping.send("GET /health/live HTTP/1.1\r\nHost: x\r\nX: ");
            second.send("GET /health/live HTTP/1.1\r\n");

            assertThat(droppedAfter(dripping)).isBetween(Duration.ofMillis(700), Duration.ofSeconds(5));

            assertThat(second.isEnded()).isTrue();
            assertThat(silent.isEnded()).isTrue();
            // A body has a time-out of its own.
            assertThat(slowBody.send("slow").answer().status()).isEqualTo(201);
            assertThat(stream.await("message").data()).isEqualTo("slow");
        }
    }

    /** Sends a byte now and then until the other side has enough. */
    private static Duration droppedAfter(RawConnection connection) {
        long begun = System.nanoTime();
        Eventually.holds("the end of the connection", Duration.ofSeconds(10), () -> !connection.takes("a"));
        return Duration.ofNanos(System.nanoTime() - begun);
    }

    @ParameterizedTest
    @CsvSource({
        "OPTIONS, /stream/public.a, 204",
        "TRACE, /stream/public.a, 405",
        "CONNECT, /stream/public.a, 405",
        "NONSENSE, /stream/public.a, 405",
        "CONNECT, localhost:80, 400",
        "OPTIONS, *, 204",
        "OPTIONS, /, 204",
        "POST, /, 405",
        "TRACE, /, 405",
        "POST, /nothing, 404",
    })
    void anotherMethod_isRefused(String method, String target, int status) {
        assertThat(ask(method + " " + target + " HTTP/1.1", "Host: x").status()).isEqualTo(status);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/2.0", "HTTP/0.9", "HTTP/1.2", "FTP/1.1"})
    void anotherVersion_isRefused(String version) {
        assertThat(ask("GET /stream/public.a " + version, "Host: x").status()).isIn(400, 501);
    }

    @Test
    void anUpgrade_isDeclined() {
        assertThat(ask(
                                "GET /stream/public.a HTTP/1.1",
                                "Host: x",
                                "Connection: Upgrade",
                                "Upgrade: websocket",
                                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
                                "Sec-WebSocket-Version: 13")
                        .status())
                .isEqualTo(200);
        assertThat(ask(
                                "GET /stream/public.a HTTP/1.1",
                                "Host: x",
                                "Connection: Upgrade, HTTP2-Settings",
                                "Upgrade: h2c",
                                "HTTP2-Settings: AAMAAABkAAQAAP__")
                        .status())
                .isEqualTo(200);
        assertThat(ask("PRI * HTTP/2.0", "", "SM").status()).isIn(400, 501);
    }

    @Test
    void aStreamOverHttp10_hasNoChunks() {
        try (RawConnection connection = connect()) {
            RawConnection.Answer answer =
                    connection.send("GET /stream/public.a HTTP/1.0\r\n\r\n").answer();
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.all("Transfer-Encoding")).isEmpty();
            assertThat(connection.line()).isEqualTo(":");
            assertThat(connection.line()).isEqualTo("event: stream-open");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../outside.txt",
                "/%2e%2e/outside.txt",
                "/%2e%2e%2foutside.txt",
                "/..%2foutside.txt",
                "/..%5coutside.txt",
                "/..\\outside.txt",
                "/docs/../../outside.txt",
                "/docs/..%2f..%2foutside.txt",
                "/docs/%2e%2e/%2e%2e/outside.txt",
                "/docs/..%252f..%252foutside.txt",
                "/....//outside.txt",
                "//outside.txt",
                "/.env",
                "/%2eenv",
                "/docs/",
                "/index.html%00",
                "/%00",
                "/docs%0d%0aX:%20y",
            })
    void aPathOutOfTheWebroot_leadsNowhere(String path) {
        assertThat(ask("GET " + path + " HTTP/1.1", "Host: x").status()).isEqualTo(404);
    }

    @Test
    void aRedirect_staysHere() {
        for (String path : List.of("/docs", "//docs", "//evil.example/../docs", "/%2f/docs")) {
            RawConnection.Answer answer = ask("GET " + path + " HTTP/1.1", "Host: x");
            // With a second slash or a backslash it would name another host.
            assertThat(answer.all("Location")).allMatch(location -> location.matches("/[^/\\\\].*"));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/stream/public.%0d%0aSet-Cookie:%20x=y",
                "/stream/%1b%5b2J%1b%5b31m",
                "/stream/nowhere%e2%80%a8%e2%80%ae",
                "/%0d%0aSet-Cookie:%20x=y",
                "/publish/nowhere%0a12:00:00.000%20ERROR%20forged",
            })
    void textFromOutside_forgesNoHeaderAndNoLogLine(String target) {
        RawConnection.Answer answer =
                ask("POST " + target + " HTTP/1.1", "Host: x", "Content-Length: 0", "Origin: http://x");
        assertThat(answer.status()).isBetween(400, 405);
        assertThat(answer.all("Set-Cookie")).isEmpty();
        assertThat(ask("GET " + target + " HTTP/1.1", "Host: x").status()).isBetween(400, 405);
    }

    @Test
    void streamsBeyondTheLimitOfChannels_fillNoLog() {
        List<RawConnection> streams = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            RawConnection stream = connect();
            stream.send("GET /stream/public.many-" + i + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(stream.answer().status()).isEqualTo(200);
            streams.add(stream);
        }
        streams.forEach(RawConnection::close);
        // Said once by each event loop.
        List<String> news = news();
        assertThat(news).allMatch(line -> line.contains("limits.channels: "));
        assertThat(news.size()).isBetween(1, Runtime.getRuntime().availableProcessors());
    }
}
