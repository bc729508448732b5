package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.TestCertificate;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Streams over HTTP/2, honest and hostile. */
@Timeout(60)
class Http2Test {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int CANCEL = 8;
    private static final int REFUSED = 7;
    private static final int ENHANCE_YOUR_CALM = 11;
    // Two of them are more than the window of a stream.
    private static final String LARGE = "x".repeat(60_000);

    private final TestCertificate certificate = TestCertificate.selfSigned("bridge");

    @TempDir
    private Path directory;

    private ServedNode node;
    private RawHttp2 connection;

    @BeforeEach
    void open() {
        serve("");
    }

    private void serve(String more) {
        certificate.write(directory);
        node = ServedNode.of(
                """
                stream: {stalledTimeout: 1s}
                limits: {stalledBytes: 1MiB, newChannelsPerIp: 0, subscribersPerIp: 0}
                channels:
                  - {channel: "public.{name}", subscribe: public, publish: public}
                """ + more,
                "tls: {cert: \"%s\", key: \"%s\"}"
                        .formatted(directory.resolve("cert.pem"), directory.resolve("key.pem")));
        connection = RawHttp2.open(node.port(), certificate.trusted());
    }

    @AfterEach
    void close() {
        connection.close();
        awaitStreams(0);
        node.close();
    }

    private int stream(String channel) {
        int stream = connection.get("/stream/public." + channel);
        assertThat(connection.status(stream)).isEqualTo(200);
        connection.await(stream, "event: stream-open");
        return stream;
    }

    private void awaitNothingStalled() {
        Eventually.see(
                "no stalled bytes",
                PATIENCE,
                () -> node.meters().get("sse.stalled.bytes").gauge().value(),
                bytes -> bytes == 0);
    }

    private void awaitStreams(int count) {
        Eventually.see("streams that count", PATIENCE, node::openStreams, open -> open == count);
    }

    @Test
    void twentyEventSources_haveOneConnection() {
        List<Integer> streams =
                IntStream.range(0, 20).mapToObj(i -> stream("c" + i)).toList();
        assertThat(node.openStreams()).isEqualTo(20);

        for (int i = 0; i < 20; i++) {
            node.publish("public.c" + i, "event " + i);
        }
        for (int i = 0; i < 20; i++) {
            connection.await(streams.get(i), "data: event " + i + "\n");
        }

        connection.reset(streams.get(3));
        awaitStreams(19);
        node.publish("public.c4", "still here");
        connection.await(streams.get(4), "data: still here");
        connection.close();
        awaitStreams(0);
        Eventually.see("no channel that is attached", PATIENCE, node::liveChannels, List::isEmpty);
    }

    @Test
    void aStreamThatIsNotRead_stopsNoOther_andIsCutAlone() {
        int slow = stream("slow");
        int other = stream("other");
        for (int i = 0; i < 10; i++) {
            node.publish("public.slow", LARGE);
            node.publish("public.other", "event " + i);
            connection.await(other, "data: event " + i + "\n");
        }
        assertThat(connection.resetStreams()).isEmpty();
        // The window, and no byte more.
        assertThat(connection.text(slow)).hasSize(65_535);
        assertThat(node.meters().get("sse.stalled.bytes").gauge().value()).isBetween(1.0, 5 * 60_000.0);

        node.clock().pass(Duration.ofSeconds(2));
        assertThat(connection.resetCode(slow)).isEqualTo(CANCEL);
        awaitStreams(1);
        awaitNothingStalled();
        node.publish("public.other", "last");
        connection.await(other, "data: last\n");
    }

    @Test
    void aStreamThatIsReadLater_getsAllEvents() {
        int slow = stream("slow");
        for (int i = 0; i < 10; i++) {
            node.publish("public.slow", i + LARGE);
        }
        connection.window(slow, 1 << 20);

        connection.await(slow, "data: 9" + LARGE);
        String text = connection.text(slow);
        for (int i = 0; i < 10; i++) {
            assertThat(text.split("data: " + i + "x", -1)).hasSize(2);
        }
        awaitNothingStalled();
    }

    @Test
    void stalledStreamsOfOneConnection_holdNoMoreThanTheLimit() {
        // So the socket takes all that the windows allow: its buffers would fill otherwise, and stall all streams.
        connection.close();
        connection = RawHttp2.open(
                node.port(), certificate.trusted(), RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, 2_000));
        int reader = stream("reader");
        connection.window(reader, 1 << 20);
        for (int i = 0; i < 40; i++) {
            var unused = stream("slow");
        }
        for (int i = 0; i < 5; i++) {
            node.publish("public.slow", LARGE);
        }
        node.publish("public.reader", "still here");
        connection.await(reader, "data: still here");
        assertThat(connection.awaitReset()).isNotEqualTo(reader);
        assertThat(node.meters().get("sse.stalled.cut").counter().count()).isPositive();
        Eventually.see(
                "stalled bytes within the limit",
                PATIENCE,
                () -> node.meters().get("sse.stalled.bytes").gauge().value(),
                bytes -> bytes <= 1 << 20);
    }

    // Its slot would be taken for as long as the connection lives.
    @Test
    void aClientThatAllowsNoByte_holdsNoStream() {
        connection.close();
        connection =
                RawHttp2.open(node.port(), certificate.trusted(), RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, 0));
        int stream = connection.get("/stream/public.a");

        assertThat(connection.status(stream)).isEqualTo(200);
        assertThat(connection.resetCode(stream)).isEqualTo(CANCEL);
        awaitStreams(0);
    }

    @Test
    void aStreamThatEnds_saysWhy_andLeavesItsConnectionOpen() {
        close();
        serve("shutdown: {drain: 1s}\n");
        int one = stream("a");
        int other = stream("b");
        node.publishLast("public.a", "the end");

        assertThat(connection.whole(one)).contains("data: the end", "event: stream-error", "\"ended\"");
        assertThat(connection.hasEnded(one)).isTrue();
        node.publish("public.b", "still here");
        connection.await(other, "data: still here");
        assertThat(connection.status(connection.get("/health/live"))).isEqualTo(200);
    }

    // Its last frames would wait for as long as the connection lives, and count nowhere.
    @Test
    void aStalledStreamThatEnds_isResetSoon() {
        int slow = stream("slow");
        int other = stream("other");
        node.publish("public.slow", LARGE);
        node.publish("public.slow", LARGE);
        node.publishLast("public.slow", LARGE);
        connection.window(slow, 60_000);

        assertThat(connection.resetCode(slow)).isEqualTo(CANCEL);
        awaitStreams(1);
        node.publish("public.other", "still here");
        connection.await(other, "data: still here");
    }

    @Test
    void aConnection_hasABoundedNumberOfStreams() {
        assertThat(connection.settings()).containsEntry(3, 256L);
        List<Integer> streams = new ArrayList<>();
        for (int i = 0; i < 257; i++) {
            streams.add(connection.get("/stream/public.a"));
        }
        assertThat(connection.resetCode(streams.get(256))).isEqualTo(REFUSED);
        awaitStreams(256);
        connection.reset(streams.get(0));
        awaitStreams(255);
        var unused = stream("b");
    }

    @Test
    void streamsThatAreResetAtOnce_endTheConnection() {
        for (int i = 0; i < 1_100; i++) {
            connection.reset(connection.get("/stream/public.a"));
        }
        assertThat(connection.goAwayCode()).isEqualTo(ENHANCE_YOUR_CALM);
        connection.awaitEnd();
        awaitStreams(0);
    }

    @Test
    void aHeadThatIsTooLarge_isRefused() {
        int large = connection.get("/stream/public.a", "x: " + "y".repeat(5_000), "z: " + "y".repeat(9_000));
        assertThat(connection.status(large)).isEqualTo(200);
        RawHttp2 other = RawHttp2.open(node.port(), certificate.trusted());
        int tooLarge = other.get("/stream/public.a", "x: " + "y".repeat(90_000));
        // By a status, by a reset, or by the end of the connection.
        int status = other.status(tooLarge);
        assertThat(status).isIn(431, -1);
        awaitStreams(1);
        other.close();
    }

    @Test
    void aHeadWithoutAnEnd_endsTheConnection() {
        byte[] part = new byte[16_000];
        connection.send(RawHttp2.HEADERS, 0, 1, RawHttp2.head("GET", "/stream/public.a"));
        for (int i = 0; i < 1_000 && !connection.isClosed(); i++) {
            connection.send(RawHttp2.CONTINUATION, 0, 1, part);
        }
        connection.awaitEnd();

        connection = RawHttp2.open(node.port(), certificate.trusted());
        connection.send(RawHttp2.HEADERS, 0, 1, RawHttp2.head("GET", "/stream/public.a"));
        for (int i = 0; i < 10_000 && !connection.isClosed(); i++) {
            connection.send(RawHttp2.CONTINUATION, 0, 1, new byte[0]);
        }
        connection.awaitEnd();
        awaitStreams(0);
    }

    @Test
    void aFloodOfPingsThatAreNotRead_isBounded() {
        for (int i = 0; i < 200_000 && !connection.isClosed(); i++) {
            connection.send(RawHttp2.PING, 0, 0, new byte[8]);
        }
        RawHttp2 other = RawHttp2.open(node.port(), certificate.trusted());
        assertThat(other.status(other.get("/health/live"))).isEqualTo(200);
        other.close();
    }

    @Test
    void aHostThatDiffersFromTheAuthority_isRefused() {
        assertThat(connection.status(connection.get("/stream/public.a", "host: localhost")))
                .isEqualTo(200);
        assertThat(connection.status(connection.get("/stream/public.a", "host: evil.example")))
                .isNotEqualTo(200);
        assertThat(connection.status(connection.get("/health/live"))).isEqualTo(200);
    }

    @Test
    void aRefusedPublish_leavesTheOtherStreamsOpen() {
        int stream = stream("a");
        int tooLarge = connection.ask("POST", "/publish/public.a", false, "content-type: text/plain");
        for (int i = 0; i < 5; i++) {
            connection.send(RawHttp2.DATA, 0, tooLarge, new byte[16_000]);
        }
        assertThat(connection.status(tooLarge)).isEqualTo(413);
        assertThat(connection.whole(tooLarge)).contains("too-large");
        node.publish("public.a", "still here");
        connection.await(stream, "data: still here");
    }

    @Test
    void aConnectionWithoutRequests_isClosed() {
        assertThat(connection.status(connection.get("/health/live"))).isEqualTo(200);
        // The node may notice the end of the answer a little later.
        long unused = node.vertx().setPeriodic(100, passed -> node.clock().pass(ServedNode.HEAD_TIMEOUT.plusMillis(1)));
        connection.awaitEnd();
    }

    @Test
    void theClientOfAJdk_publishesAndSubscribes() throws Exception {
        HttpClient client = HttpClient.newBuilder()
                .sslContext(certificate.trusted())
                .version(HttpClient.Version.HTTP_2)
                .build();
        URI root = URI.create("https://localhost:" + node.port());
        HttpResponse<Stream<String>> stream = client.send(
                HttpRequest.newBuilder(root.resolve("/stream/public.a")).build(), HttpResponse.BodyHandlers.ofLines());
        assertThat(stream.version()).isEqualTo(HttpClient.Version.HTTP_2);
        HttpResponse<String> receipt = client.send(
                HttpRequest.newBuilder(root.resolve("/publish/public.a"))
                        .header("Content-Type", "text/plain")
                        .POST(HttpRequest.BodyPublishers.ofString("hello"))
                        .build(),
                HttpResponse.BodyHandlers.ofString());

        assertThat(receipt.statusCode()).isEqualTo(201);
        try (Stream<String> lines = stream.body()) {
            assertThat(lines.anyMatch("data: hello"::equals)).isTrue();
        }
    }
}
