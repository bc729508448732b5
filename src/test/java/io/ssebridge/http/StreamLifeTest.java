package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Tokens;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The resources of a stream, and that it gives all of them back, whenever and however it ends. */
@Timeout(60)
class StreamLifeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String GET = "GET /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n";
    private static final int LIMIT = 3;

    private final ServedNode node = ServedNode.of("""
            stream: {heartbeat: 1s, stalledTimeout: 5s}
            limits: {subscribers: %d, channelsPerStream: 1000, newChannelsPerIp: 0}
            shutdown: {drain: 200ms}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public, history: {ttl: 1m}}
              - {channel: "team.{name}"}
            """.formatted(LIMIT));

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection connect() {
        return RawConnection.open(node.port());
    }

    private void awaitNothingLeft() {
        Eventually.see("no stream that counts", PATIENCE, node::openStreams, count -> count == 0);
        Eventually.see("no channel that is attached", PATIENCE, node::liveChannels, List::isEmpty);
    }

    /** A stream that is open; those that were aborted before may still count for a moment. */
    private RawConnection opened() {
        List<RawConnection> last = new ArrayList<>();
        Eventually.holds("room for a stream", PATIENCE, () -> {
            last.forEach(RawConnection::close);
            last.clear();
            RawConnection connection = connect().send(GET);
            last.add(connection);
            return connection.answer().status() == 200;
        });
        lineOf(last.get(0), "event: stream-open");
        return last.get(0);
    }

    /** Reads on until a line begins like this. */
    @CanIgnoreReturnValue
    private static String lineOf(RawConnection connection, String start) {
        String line = connection.line();
        while (!line.startsWith(start)) {
            line = connection.line();
        }
        return line;
    }

    @Test
    void streamsThatAreOpenedAndAborted_leaveNothing() {
        for (int i = 0; i < 300; i++) {
            connect().send(GET).reset();
            connect().send(GET).close();
            connect().send("GET /stream/public.a HTTP/1.0\r\n\r\n").reset();
        }
        List<RawConnection> good = new ArrayList<>();
        for (int i = 0; i < LIMIT; i++) {
            good.add(opened());
        }
        assertThat(node.openStreams()).isEqualTo(LIMIT);
        good.forEach(RawConnection::close);
        awaitNothingLeft();
    }

    @Test
    void noMoreStreamsThanAllowed_areOpen_evenIfAllComeAtOnce() {
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < 10 * LIMIT; i++) {
            connections.add(connect());
        }
        connections.forEach(connection -> connection.send(GET));
        long opened = connections.stream()
                .map(connection -> connection.answer().status())
                .filter(status -> status == 200)
                .count();

        assertThat(opened).isEqualTo(LIMIT);
        assertThat(node.openStreams()).isEqualTo(LIMIT);
        connections.forEach(RawConnection::close);
        awaitNothingLeft();
    }

    @Test
    void aStreamThatFailsToBegin_isEndedAndLeavesNothing() {
        node.publish("public.a", "x");
        node.history().nextRead(read -> {
            throw new IllegalStateException("as told");
        });
        try (RawConnection connection = connect()) {
            connection.send(GET.replace("public.a ", "public.a?last=5 "));
            assertThat(connection.answer().status()).isEqualTo(200);
            assertThat(lineOf(connection, "event: stream-error")).isNotEmpty();
            assertThat(connection.line()).matches("retry: ([5-9]|1[0-4])[0-9]{3}");
            assertThat(lineOf(connection, "data: ")).contains("\"reason\":\"unavailable\"");
            assertThat(lineOf(connection, "0")).isEqualTo("0");
            assertThat(connection.line()).isEmpty();
            assertThat(connection.isEnded()).isTrue();
        }
        awaitNothingLeft();
    }

    @Test
    void theWallClockStepsBack_heartbeatsGoOn() {
        try (RawConnection connection = connect()) {
            connection.send(GET);
            assertThat(lineOf(connection, "event: ")).isEqualTo("event: stream-open");
            node.clock().stepWallClock(Duration.ofHours(-1));
            node.clock().pass(Duration.ofSeconds(1));
            assertThat(lineOf(connection, ":")).isEqualTo(":");
            node.publish("public.a", "x");
            assertThat(lineOf(connection, "data: x")).isEqualTo("data: x");
            for (int i = 0; i < 3; i++) {
                node.clock().pass(Duration.ofSeconds(1));
                assertThat(lineOf(connection, ":")).isEqualTo(":");
            }
        }
    }

    @Test
    void theWallClockStepsForward_aStreamThatHasStalledForAMoment_isNotCut() {
        try (RawConnection stalled = connect();
                RawConnection other = connect()) {
            stalled.send(GET);
            other.send(GET.replace("public.a", "public.b"));
            lineOf(stalled, "event: stream-open");
            lineOf(other, "event: stream-open");
            String large = "x".repeat(60_000);
            for (int i = 0; i < 300; i++) {
                node.publish("public.a", large);
            }
            node.clock().stepWallClock(Duration.ofHours(1));
            node.clock().pass(Duration.ofSeconds(1));
            // It has a heartbeat, so both have been looked after.
            lineOf(other, ":");
            assertThat(node.openStreams()).isEqualTo(2);
            node.clock().pass(Duration.ofSeconds(5));
            Eventually.see("the stalled stream cut", PATIENCE, node::openStreams, count -> count == 1);
        }
    }

    @Test
    void theWallClockSteps_headsAreAwaitedForTheTimeAllowed() {
        try (RawConnection silent = connect();
                RawConnection half = connect()) {
            half.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(half.answer().status()).isEqualTo(200);
            node.clock().pass(Duration.ofMillis(1_500));
            half.send("GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(half.answer().status()).isEqualTo(200);
            half.send("GET /health/live HTTP/1.1\r\nHost: x\r\n");
            node.clock().stepWallClock(Duration.ofHours(1));
            node.clock().pass(Duration.ofMillis(600));
            assertThat(silent.isEnded()).isTrue();
            assertThat(half.send("\r\n").answer().status()).isEqualTo(200);

            half.send("GET /health/live HTTP/1.1\r\nHost: x\r\n");
            node.clock().stepWallClock(Duration.ofHours(-2));
            node.clock().pass(Duration.ofMinutes(1));
            assertThat(half.isEnded()).isTrue();
        }
    }

    // nginx asks so with "Connection $http_connection". Kept open, the end of the stream would be noticed a minute
    // later.
    @Test
    void aStreamOverHttp10_endsWithItsConnection_evenIfThatIsToBeKept() throws Exception {
        try (RawConnection connection = connect()) {
            connection.send("GET /stream/public.a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            assertThat(connection.answer().all("Connection")).containsExactly("close");
            lineOf(connection, "event: stream-open");

            node.stop(PATIENCE);
            lineOf(connection, "event: stream-error");
            lineOf(connection, "data: ");
            assertThat(connection.line()).isEmpty();
            assertThat(connection.isEnded()).isTrue();
        }
    }

    // Within the leeway for clocks the same token opened another stream, which ended, and so on.
    @Test
    void aTokenThatHasEndedItsStream_opensNoOther() {
        String get = "GET /stream/team.a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + Tokens.mint("alice", List.of("team.*"), List.of()) + "\r\n\r\n";
        Instant expires = Instant.now().plus(Duration.ofHours(1));
        node.clock().pass(Duration.between(node.clock().instant(), expires.minusSeconds(30)));
        try (RawConnection connection = connect()) {
            assertThat(connection.send(get).answer().status()).isEqualTo(200);
            node.clock().pass(Duration.ofSeconds(32));
            lineOf(connection, "event: stream-error");
            assertThat(connection.line()).contains("token-expired");
        }
        try (RawConnection another = connect()) {
            assertThat(another.send(get).answer().status()).isEqualTo(401);
        }
    }

    // Some clients can bring an id in the query only.
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theIdOfTheLargestStream_isTakenBack(boolean inQuery) {
        StringBuilder channels = new StringBuilder("/stream?channel=public.0");
        for (int i = 1; i < 1_000; i++) {
            channels.append("&channel=public.").append(i);
        }
        String id;
        try (RawConnection connection = connect()) {
            connection.send("GET " + channels + " HTTP/1.1\r\nHost: x\r\n\r\n");
            assertThat(connection.answer().status()).isEqualTo(200);
            id = lineOf(connection, "id: ").substring("id: ".length());
        }
        node.publish("public.999", "missed");
        try (RawConnection connection = connect()) {
            connection.send("GET " + channels + (inQuery ? "&lastEventId=" + id : "") + " HTTP/1.1\r\nHost: x\r\n"
                    + (inQuery ? "" : "Last-Event-ID: " + id + "\r\n") + "\r\n");
            assertThat(connection.answer().status()).isEqualTo(200);
            lineOf(connection, "event: stream-open");
            assertThat(lineOf(connection, "data: m")).isEqualTo("data: missed");
        }
    }

    @Test
    void aNodeThatStops_tellsEachOfItsStreams_whateverWasAbortedBefore() throws Exception {
        for (int i = 0; i < 50; i++) {
            connect().send(GET).reset();
        }
        awaitNothingLeft();
        List<RawConnection> connections = new ArrayList<>();
        for (int i = 0; i < LIMIT; i++) {
            connections.add(opened());
        }

        node.stop(PATIENCE);
        for (RawConnection connection : connections) {
            assertThat(lineOf(connection, "event: stream-")).isEqualTo("event: stream-error");
            assertThat(connection.line()).contains("\"reason\":\"draining\"");
        }
        assertThat(node.openStreams()).isZero();
    }
}
