package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.subscriber.StreamOptions;
import io.vertx.core.eventbus.DeliveryOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a stream can ask for in its query, over a real connection. */
@Timeout(60)
class StreamQueryTest {
    private final ServedNode node = ServedNode.of("""
            channels: [{channel: "public.{name}", subscribe: public, publish: public}]
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection open(String target) {
        return open(target, "HTTP/1.1");
    }

    private RawConnection open(String target, String version) {
        RawConnection connection = RawConnection.open(node.port());
        connection.send("GET " + target + " " + version + "\r\nHost: x\r\n\r\n");
        assertThat(connection.answer().status()).isEqualTo(200);
        next(connection, "event: stream-open");
        return connection;
    }

    private static String nextData(RawConnection connection) {
        String line = connection.line();
        while (!line.startsWith("data: ")) {
            line = connection.line();
        }
        return line;
    }

    /** The fields of the next event that begins with this line. */
    @CanIgnoreReturnValue
    private static List<String> next(RawConnection connection, String first) {
        String line = connection.line();
        while (!line.equals(first)) {
            line = connection.line();
        }
        List<String> fields = new ArrayList<>();
        for (; !line.isEmpty(); line = connection.line()) {
            fields.add(line);
        }
        return fields;
    }

    @ParameterizedTest
    @CsvSource({
        "envelope=x, 'envelope: expected cloudevents, once'",
        "envelope=cloudevents&envelope=cloudevents, 'envelope: expected cloudevents, once'",
        "event=, 'event: is empty (expected: a name, or none at all)'",
        "event=a&event=stream-open, 'event: \"stream-open\" is reserved (expected: not open, error or stream-*)'",
        "event=a%0Ab, 'event: \"a\\u000ab\" (expected: no control characters)'",
        "heartbeats=yes, 'heartbeats: expected true or false, once'",
        "heartbeats=, 'heartbeats: expected true or false, once'",
        "heartbeats=true&heartbeats=true, 'heartbeats: expected true or false, once'",
    })
    void aWrongValue_isRefusedWithItsName(String query, String detail) {
        RawConnection.Answer answer = RawConnection.ask(
                node.port(), "GET /stream/public.a?" + query + " HTTP/1.1", "Host: x", "Content-Length: 0");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem().getString("detail")).isEqualTo(detail);
    }

    private void post(String type, String body) {
        RawConnection.Answer answer = RawConnection.ask(
                node.port(),
                "POST /publish/public.a HTTP/1.1",
                "Host: x",
                "Content-Type: " + type,
                "Content-Length: " + body.length() + "\r\n\r\n" + body);
        assertThat(answer.status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"HTTP/1.1", "HTTP/1.0"})
    void anEnvelope_keepsJsonAsJson_andTextAsText(String version) {
        try (RawConnection connection = open("/stream/public.a?envelope=cloudevents", version)) {
            post("application/json", "{\"data\": {\"b\": 1.10, \"a\": null}, \"event\": \"n\"}");
            post("application/json", "{\"data\": \"1\"}");
            post("application/json", "{\"data\": 1}");
            post("text/plain", "[1]");
            var unused = node.vertx()
                    .eventBus()
                    .request("sse.publish", 12L, new DeliveryOptions().addHeader("channel", "public.a"))
                    .await();
            unused = node.vertx()
                    .eventBus()
                    .request("sse.publish", "true", new DeliveryOptions().addHeader("channel", "public.a"))
                    .await();

            assertThat(next(connection, "event: n").get(1))
                    .contains("\"type\":\"n\"")
                    .endsWith("\"datacontenttype\":\"application/json\",\"data\":{\"b\":1.10,\"a\":null}}");
            for (String end : List.of(
                    "text/plain\",\"data\":\"1\"}",
                    "application/json\",\"data\":1}",
                    "text/plain\",\"data\":\"[1]\"}",
                    "application/json\",\"data\":12}",
                    "text/plain\",\"data\":\"true\"}")) {
                assertThat(nextData(connection)).endsWith(end);
            }
        }
    }

    @Test
    void moreNamesThanAStreamMayHave_areRefused() {
        String names = IntStream.range(0, 17).mapToObj(i -> "&event=" + i).collect(Collectors.joining());
        String long1 = "event=" + "x".repeat(1_025);

        assertThat(refusal("channel=public.a" + names)).isEqualTo("event: 17 names (expected: at most 16)");
        assertThat(refusal("channel=public.a&" + long1))
                .isEqualTo("event: names of 1025 bytes (expected: at most 1024 in all)");
        assertThat(refusal("event=b&event=b&heartbeats=no")).startsWith("heartbeats: ");
    }

    private String refusal(String query) {
        RawConnection.Answer answer = RawConnection.ask(node.port(), "GET /stream?" + query + " HTTP/1.1", "Host: x");
        assertThat(answer.status()).isEqualTo(400);
        return answer.problem().getString("detail");
    }

    @Test
    void aStreamWithNames_getsOnlyTheirEvents() {
        try (RawConnection connection = open("/stream/public.a?event=a+b&event=message")) {
            post("application/json", "{\"data\": 1, \"event\": \"other\"}");
            post("application/json", "{\"data\": 2, \"event\": \"a b\"}");
            post("application/json", "{\"data\": 3, \"event\": \"a\"}");
            post("text/plain", "4");
            assertThat(nextData(connection)).isEqualTo("data: 2");
            assertThat(nextData(connection)).isEqualTo("data: 4");
        }
    }

    @Test
    void heartbeats_areEventsWithTheCurrentId() {
        try (RawConnection connection = open("/stream/public.a?heartbeats=true")) {
            node.publish("public.a", "x");
            String id = next(connection, "data: x").get(1);
            node.clock().pass(StreamOptions.DEFAULT.heartbeat());

            assertThat(next(connection, "event: stream-heartbeat"))
                    .containsExactly("event: stream-heartbeat", "data: {}", id);
        }
    }
}
