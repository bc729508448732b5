package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import io.ssebridge.testing.Eventually;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Requests that come in one segment with one for a stream: each response has its own head, and nothing follows a stream. */
@Timeout(60)
class PipeliningTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MAX_AGE = Duration.ofSeconds(10);
    private static final String STREAM = "GET /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final String POST = "POST /publish/public.b HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n";

    private static ServedNode node;

    @BeforeAll
    static void start() {
        node = ServedNode.of("""
                stream: {heartbeat: 1s, maxAge: %ds}
                limits: {subscribers: 100}
                channels:
                  - {channel: "public.{name}", subscribe: public, publish: public}
                  - {channel: "team.{name}"}
                """.formatted(MAX_AGE.toSeconds()));
        for (int i = 0; i < 40; i++) {
            node.publish("public.large", "x".repeat(60_000));
        }
    }

    @AfterAll
    static void stop() {
        node.close();
    }

    /** Requests, and the statuses of their responses. */
    private record Before(String requests, List<Integer> statuses) {}

    private static List<Before> before() {
        Before none = new Before("", List.of());
        Before post = new Before(POST + "Content-Length: 3\r\n\r\nabc", List.of(201));
        Before chunked = new Before(POST + "Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", List.of(201));
        Before asking = new Before(POST + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", List.of(100, 201));
        Before history = new Before("GET /history/public.large HTTP/1.1\r\nHost: x\r\n\r\n", List.of(200));
        Before head = new Before("HEAD /health/live HTTP/1.1\r\nHost: x\r\n\r\n", List.of(200));
        Before headOfStream = new Before("HEAD /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n", List.of(200));
        Before notFound = new Before("GET /nothing/here HTTP/1.1\r\nHost: x\r\n\r\n", List.of(404));
        Before noToken = new Before(
                POST.replace("public.b", "team.b") + "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc",
                List.of(401));
        Before tooLarge = new Before(POST + "Content-Length: 100000\r\n\r\n" + "x".repeat(100_000), List.of(413));
        Before several = new Before(
                post.requests() + history.requests() + head.requests() + post.requests(), List.of(201, 200, 200, 201));
        return List.of(none, post, chunked, asking, history, head, headOfStream, notFound, noToken, tooLarge, several);
    }

    private static List<String> behind() {
        return List.of(
                "",
                "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n",
                STREAM,
                "HEAD /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n",
                POST + "Content-Length: 6\r\n\r\nbehind",
                (POST + "Content-Length: 6\r\n\r\nbehind").repeat(20),
                POST + "Expect: 100-continue\r\nContent-Length: 600\r\n\r\nhalf a body",
                "GET /health/li",
                "\0\1\2 no HTTP\r\n\r\n");
    }

    private static List<Arguments> orders() {
        List<Arguments> orders = new ArrayList<>();
        for (Before before : before()) {
            for (String behind : behind()) {
                orders.add(Arguments.of(before, behind));
            }
        }
        return orders;
    }

    @ParameterizedTest
    @MethodSource("orders")
    void aStream_hasItsOwnHead_andIsTheLastOnItsConnection(Before before, String behind) {
        try (RawConnection connection = RawConnection.open(node.port())) {
            connection.send(before.requests() + STREAM + behind);
            expect(connection, before);
            assertStreamToItsEnd(connection);
        }
        Eventually.see("no stream that counts", PATIENCE, node::openStreams, count -> count == 0);
    }

    private static void expect(RawConnection connection, Before before) {
        List<String> heads = before.requests()
                .lines()
                .filter(line -> line.endsWith(" HTTP/1.1"))
                .toList();
        int request = 0;
        for (int status : before.statuses()) {
            RawConnection.Answer answer = connection.answer(heads.get(request).startsWith("HEAD "));
            assertThat(answer.status()).isEqualTo(status);
            request += status < 200 ? 0 : 1;
        }
    }

    /** The whole response, byte for byte except for the parts that differ from stream to stream. */
    private static void assertStreamToItsEnd(RawConnection connection) {
        RawConnection.Answer head = connection.answer();
        assertThat(head.status()).isEqualTo(200);
        assertThat(head.all("content-type")).containsExactly("text/event-stream");
        assertThat(head.all("transfer-encoding")).containsExactly("chunked");
        assertThat(head.all("connection")).containsExactly("close");
        assertThat(chunk(connection)).isEqualTo(": \n");
        assertThat(chunk(connection)).startsWith("event: stream-open\n").endsWith("\n\n");
        node.clock().pass(MAX_AGE);
        assertThat(chunk(connection)).startsWith("event: stream-error\n").contains("max-age");
        assertThat(chunk(connection)).isEmpty();
        assertThat(connection.isEnded()).isTrue();
    }

    private static String chunk(RawConnection connection) {
        int length = Integer.parseInt(connection.line(), 16);
        String chunk = connection.text(length);
        assertThat(connection.line()).isEmpty();
        return chunk;
    }

    @Test
    void aStreamAfterAnotherRequest_isNotCutOff_asIfItsConnectionOwedAHead() {
        try (RawConnection silent = RawConnection.open(node.port());
                RawConnection connection = RawConnection.open(node.port())) {
            connection.send(POST + "Content-Length: 3\r\n\r\nabc" + STREAM);
            assertThat(connection.answer().status()).isEqualTo(201);
            assertThat(connection.answer().status()).isEqualTo(200);
            assertThat(chunk(connection)).isEqualTo(": \n");
            assertThat(chunk(connection)).startsWith("event: stream-open\n");
            node.clock().pass(ServedNode.HEAD_TIMEOUT.plusSeconds(1));
            assertThat(silent.isEnded()).isTrue();
            assertThat(chunk(connection)).isEqualTo(": \n");
            node.clock().pass(ServedNode.HEAD_TIMEOUT);
            assertThat(chunk(connection)).isEqualTo(": \n");
        }
    }

    /** Vert.x reads no more from a client that has sent so much ahead; the stream must, to hear of its end. */
    @Test
    void aClientThatGoes_isNoticedAtOnce_howeverMuchItHasPipelinedAfterItsStream() {
        RawConnection connection = RawConnection.open(node.port());
        connection.send(STREAM + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n".repeat(100));
        assertThat(connection.answer().status()).isEqualTo(200);
        assertThat(chunk(connection)).isEqualTo(": \n");
        assertThat(chunk(connection)).startsWith("event: stream-open\n");
        assertThat(node.openStreams()).isEqualTo(1);
        connection.close();
        Eventually.see("no stream that counts", PATIENCE, node::openStreams, count -> count == 0);
    }

    /** The stream waits while the client does not read the response before; then it comes in its turn. */
    @Test
    void aResponseThatIsReadSlowly_isNotMixedWithTheStreamAfterIt() {
        try (RawConnection connection = RawConnection.open(node.port())) {
            connection.send("GET /history/public.large?limit=1000 HTTP/1.1\r\nHost: x\r\n\r\n" + STREAM);
            assertThat(connection.answer().body()).endsWith("}");
            assertStreamToItsEnd(connection);
        }
    }

    /** For HTTP/1.0, the stream ends with the connection: all bytes that followed would be part of it. */
    @Test
    void aStreamWithoutChunks_endsItsConnection_evenIfTheClientWouldKeepIt() {
        try (RawConnection connection = RawConnection.open(node.port())) {
            connection.send(keepAlive("/stream/public.a") + keepAlive("/health/live"));
            RawConnection.Answer head = connection.answer();
            assertThat(head.status()).isEqualTo(200);
            assertThat(head.all("connection")).containsExactly("close");
            while (!connection.line().equals("event: stream-open")) {
                // The comment.
            }
            node.clock().pass(MAX_AGE);
            while (!connection.line().equals("event: stream-error")) {
                // The rest of the first event.
            }
            assertThat(connection.line()).contains("max-age");
            assertThat(connection.line()).isEmpty();
            assertThat(connection.isEnded()).isTrue();
        }
    }

    private static String keepAlive(String target) {
        return "GET " + target + " HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
    }

    @Test
    void bytesPipelinedAfterAStream_areNotHeld() {
        long before = pooledBytes();
        for (int i = 0; i < 400; i++) {
            RawConnection connection = RawConnection.open(node.port());
            connection.send(POST + "Content-Length: 3\r\n\r\nabc" + STREAM + POST + "Content-Length: 8000\r\n\r\n"
                    + "x".repeat(8_000));
            assertThat(connection.answer().status()).isEqualTo(201);
            assertThat(connection.answer().status()).isEqualTo(200);
            connection.reset();
        }
        // Each would be 8 kB and more.
        Eventually.see(
                "the buffers back in their pool",
                PATIENCE,
                PipeliningTest::pooledBytes,
                bytes -> bytes < before + 1_000_000);
    }

    private static long pooledBytes() {
        var metric = ((ByteBufAllocatorMetricProvider) ByteBufAllocator.DEFAULT).metric();
        return metric.usedDirectMemory() + metric.usedHeapMemory();
    }
}
