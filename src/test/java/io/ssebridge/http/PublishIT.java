package io.ssebridge.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.ReceivedEvent;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bodies that may be published over HTTP, their events, and how all others are refused. */
@Timeout(60)
class PublishIT {
    private static final int MAX_BODY = 1_024;
    private static final NodeSetup SETUP = NodeSetup.DEFAULT.env("SSE_LIMITS_EVENT_SIZE", "1KiB");

    private static TestNode node;
    private static EventStreamReader reader;

    @BeforeAll
    static void start() {
        node = TestNode.standalone(SETUP);
        reader = node.stream("/stream/public.a");
        reader.await("stream-open");
    }

    @AfterAll
    static void stop() {
        reader.close();
        node.close();
    }

    private static RawConnection connect() {
        return RawConnection.open(node.uri("/").getPort());
    }

    private static String head(String... headers) {
        return "POST /publish/public.a HTTP/1.1\r\nHost: x\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
    }

    private static RawConnection.Answer post(String contentType, String body) {
        String bytes = new String(body.getBytes(UTF_8), ISO_8859_1);
        return postBytes(contentType, bytes);
    }

    private static RawConnection.Answer postBytes(String contentType, String bytes) {
        try (RawConnection connection = connect()) {
            return connection
                    .send(head("Content-Type: " + contentType, "Content-Length: " + bytes.length()) + bytes)
                    .answer();
        }
    }

    private static void assertRefused(RawConnection.Answer answer, int status, String detail) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.problem().getString("detail")).contains(detail);
    }

    @Test
    void anEvent_isAnsweredWithItsSequence() {
        HttpResponse<String> first = node.post("/publish/public.counted", "{\"data\": 1}");
        HttpResponse<String> second = node.post("/publish?channel=public.counted", "{\"data\": 2}");

        assertThat(first.statusCode()).isEqualTo(201);
        assertThat(first.headers().firstValue("Content-Type")).contains("application/json");
        assertThat(new JsonObject(first.body()).getString("channel")).isEqualTo("public.counted");
        assertThat(new JsonObject(second.body()).getLong("sequence"))
                .isEqualTo(new JsonObject(first.body()).getLong("sequence") + 1);
    }

    /** The value of data in the JSON, and the text that a browser gets. */
    @ParameterizedTest
    @CsvSource(
            value = {
                "\"a\" | a",
                "\"\" | ''",
                "\"1\" | 1",
                "\"\\\"quoted\\\"\" | \"quoted\"",
                "\"\\u00e9\\ud83c\\udfc6\" | \u00E9\uD83C\uDFC6",
                "null | null",
                "true | true",
                "1.10 | 1.10",
                "-0 | -0",
                "-0.0 | -0.0",
                "1E400 | 1E400",
                "1e-5 | 1e-5",
                "12345678901234567890123 | 12345678901234567890123",
                "0.1234567890123456789012345678901 | 0.1234567890123456789012345678901",
                "{ \"b\" : 1.0 , \"a\" : [ ] } | {\"b\":1.0,\"a\":[]}",
                "[ 1 , \"x\" , null , { } ] | [1,\"x\",null,{}]",
                "{\"\": \"\\n\\u2028\"} | {\"\":\"\\n\u2028\"}",
            },
            delimiterString = " | ")
    void data_comesOutAsItWentIn(String data, String expected) {
        RawConnection.Answer answer = post("application/json", "{\"event\": \"data\", \"data\": " + data + "}");

        assertThat(answer.status()).isEqualTo(201);
        assertThat(reader.await("data").data()).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "text/plain;charset=utf-8", "Text/Plain; charset=\"UTF-8\""})
    void plainText_isTheData(String contentType) {
        assertThat(post(contentType, "{\"data\": \u00E9}\nx").status()).isEqualTo(201);
        assertThat(reader.await("message").data()).isEqualTo("{\"data\": \u00E9}\nx");
    }

    @Test
    void anEmptyText_isAnEvent() {
        assertThat(post("text/plain", "").status()).isEqualTo(201);
        assertThat(reader.await("message").data()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            value = {
                "'' | expected a JSON object",
                "' ' | expected a JSON object",
                "[] | expected an array of at least one event",
                "null | expected a JSON object",
                "\"x\" | expected a JSON object",
                "{} | data: is missing",
                "{\"event\": \"e\"} | data: is missing",
                "{\"data\": 1, \"too\": {}} | unknown field",
                "{\"Data\": 1} | unknown field",
                "{\"data\": 1, \"data\": 1} | malformed JSON",
                "{\"data\": {\"a\": 1, \"a\": 2}} | malformed JSON",
                "{\"data\": 1 | malformed JSON",
                "{\"data\": 1} {} | more data after",
                "{\"data\": 1}} | malformed JSON",
                "{\"data\": 01} | malformed JSON",
                "{\"data\": NaN} | malformed JSON",
                "{\"data\": 'x'} | malformed JSON",
                "{data: 1} | malformed JSON",
                "{\"data\": 1,} | malformed JSON",
                "{\"data\": \"\t\"} | malformed JSON",
                "\uFEFF{\"data\": 1} | malformed JSON",
                "{\"data\": \"\\ud800\"} | surrogate",
                "{\"data\": [\"\\udc00\\ud800\"]} | surrogate",
                "{\"data\": {\"\\ud800\": 1}} | surrogate",
                "{\"data\": 1, \"event\": \"\\ud800\"} | surrogate",
                "{\"data\": 1, \"event\": 1} | event: expected a string",
                "{\"data\": 1, \"event\": null} | event: expected a string",
                "{\"data\": 1, \"event\": \"a\\nid: 1\"} | no control characters",
                "{\"data\": 1, \"event\": \"a\\r\"} | no control characters",
                "{\"data\": 1, \"event\": \"a\\u0000\"} | no control characters",
                "{\"data\": 1, \"event\": \"a\\u0085\"} | no control characters",
                "{\"data\": 1, \"event\": \"open\"} | reserved",
                "{\"data\": 1, \"event\": \"error\"} | reserved",
                "{\"data\": 1, \"event\": \"stream-open\"} | reserved",
                "{\"data\": 1, \"event\": \"stream-\"} | reserved",
                "{\"data\": 1, \"retry\": -1} | retry: -1 ms (expected: 0 to 86400000)",
                "{\"data\": 1, \"retry\": 86400001} | retry: 86400001 ms (expected: 0 to 86400000)",
                "{\"data\": 1, \"retry\": 2147483648} | retry: is out of bounds",
                "{\"data\": 1, \"retry\": 99999999999999999999} | retry: is out of bounds",
                "{\"data\": 1, \"retry\": 1.5} | retry: expected a whole number",
                "{\"data\": 1, \"retry\": \"1\"} | retry: expected a whole number",
            },
            delimiterString = " | ")
    void aBodyThatIsNotAnEvent_isRefusedByName(String body, String detail) {
        assertRefused(post("application/json", body), 400, detail);
    }

    /** 13 kB were 50,000 events: a thousand of them, for each of 50 channels. */
    @Test
    void moreEventsTimesChannelsThanTheLimit_areRefusedBeforeAnyIsPublished() {
        String twenty = IntStream.range(0, 20)
                .mapToObj(i -> "channel=public.many" + i)
                .collect(Collectors.joining("&", "/publish?", ""));
        HttpResponse<String> refused = node.post(twenty, array(51));
        assertThat(refused.statusCode()).isEqualTo(413);
        assertThat(new JsonObject(refused.body()).getString("detail")).startsWith("limits.eventsPerRequest");
        assertThat(node.post("/publish/public.many0", array(1_001)).statusCode())
                .isEqualTo(413);

        HttpResponse<String> published = node.post(twenty, array(50));
        assertThat(published.statusCode()).isEqualTo(200);
        List<JsonObject> answers = new JsonArray(published.body())
                .stream().map(JsonObject.class::cast).toList();
        assertThat(answers).hasSize(1_000).allMatch(each -> each.getInteger("status") == 201);
        // The first of each channel, after a genesis frame: no event came before.
        assertThat(answers.subList(0, 20)).allMatch(each -> each.getInteger("sequence") == 1);
        assertThat(answers.subList(980, 1_000)).allMatch(each -> each.getInteger("sequence") == 50);
    }

    @Test
    void aMalformedArray_publishesNothing() {
        String broken = array(900).replaceFirst("]$", ",{");
        assertThat(node.post("/publish/public.broken", broken).statusCode()).isEqualTo(400);

        assertThat(new JsonObject(node.post("/publish/public.broken", "{\"data\": 1}")
                                .body())
                        .getInteger("sequence"))
                .isEqualTo(1);
    }

    private static String array(int events) {
        return IntStream.range(0, events).mapToObj(i -> "{\"data\":1}").collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void jsonOfEndlessDepth_isRefused() {
        String deep = "{\"data\": " + "[".repeat(3_000) + "]".repeat(3_000) + "}";

        assertRefused(post("application/json", deep), 400, "JSON beyond the limits");
    }

    @Test
    void fieldNamesWithEqualHashes_areNothingSpecial() {
        Queue<String> names = new ArrayDeque<>(List.of(""));
        while (names.size() < 256) {
            String start = names.remove();
            names.add(start + "ab");
            names.add(start + "bA");
        }
        JsonObject data = new JsonObject();
        names.forEach(name -> data.put(name, 0));
        String body = new JsonObject().put("data", data).encode();

        // Larger than an event may be, but read, and more than once.
        for (int i = 0; i < 3; i++) {
            assertRefused(post("application/json", body), 413, "");
        }
    }

    @Test
    void badUtf8_isRefused() {
        assertRefused(postBytes("text/plain", "\u00FF"), 400, "not UTF-8");
        assertRefused(postBytes("application/json", "{\"data\": \"\u00C3\"}"), 400, "not UTF-8");
        assertRefused(postBytes("text/plain", "\u00ED\u00A0\u0080"), 400, "not UTF-8");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "application/xml",
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=x",
                "application/json; charset=utf-16",
                "text/plain; charset=iso-8859-1",
                "text/plains",
                "json"
            })
    void anotherContentType_isRefused(String contentType) {
        assertRefused(
                post(contentType, "{\"data\": 1}"),
                415,
                "expected: application/json, application/x-ndjson or text/plain");
    }

    @Test
    void noContentType_isRefused() {
        try (RawConnection connection = connect()) {
            assertRefused(connection.send(head("Content-Length: 1") + "x").answer(), 415, "no Content-Type");
        }
    }

    @Test
    void noBodyAtAll_isRefusedAtOnce() {
        try (RawConnection connection = connect()) {
            assertRefused(
                    connection.send(head("Content-Type: application/json")).answer(), 400, "body");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET", "HEAD", "PUT", "DELETE", "PATCH", "TRACE", "NONSENSE"})
    void anotherMethod_isRefused(String method) {
        RawConnection.Answer answer =
                RawConnection.ask(node.uri("/").getPort(), method + " /publish/public.a HTTP/1.1", "Host: x");

        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.all("Allow")).containsExactly("POST");
    }

    @Test
    void aRequestWithoutTheRight_isRefusedWithTheStatusOfTheReason() {
        assertThat(node.post("/publish/team.a", "{\"data\": 1}").statusCode()).isEqualTo(401);
        assertThat(node.post("/publish/public.a", "{\"data\": 1}", "Authorization", "Bearer x")
                        .statusCode())
                .isEqualTo(401);
        assertThat(node.post("/publish/team.a", "{\"data\": 1}", "Authorization", "Bearer " + Tokens.of("bob"))
                        .statusCode())
                .isEqualTo(403);
        assertThat(node.post("/publish/a..b", "{\"data\": 1}").statusCode()).isEqualTo(400);
        assertThat(node.post("/publish/public.a/b", "{\"data\": 1}").statusCode())
                .isEqualTo(404);
    }

    @Test
    void data_mayBeAsLargeAsTheLimit() {
        assertThat(post("text/plain", "x".repeat(1_024)).status()).isEqualTo(201);
        assertThat(reader.await("message").data()).hasSize(1_024);
        // The same, but each character written as six.
        assertThat(post("application/json", "{\"data\": \"" + "\\u0078".repeat(1_024) + "\"}")
                        .status())
                .isEqualTo(201);
        assertThat(reader.await("message").data()).hasSize(1_024);
        assertThat(post("text/plain", "x".repeat(1_025)).status()).isEqualTo(413);
        // It is bytes that count.
        assertThat(post("text/plain", "\u00E9".repeat(513)).status()).isEqualTo(413);
    }

    @Test
    void aBodyWithoutLength_isRead() {
        try (RawConnection connection = connect()) {
            connection.send(head("Content-Type: text/plain", "Transfer-Encoding: chunked"));
            connection.send("3\r\nabc\r\n").send("3\r\ndef\r\n0\r\n\r\n");

            assertThat(connection.answer().status()).isEqualTo(201);
            assertThat(reader.await("message").data()).isEqualTo("abcdef");
        }
    }

    @Test
    void aBodyOverTheLimitByItsOwnWord_isRefusedUnread() {
        try (RawConnection connection = connect()) {
            connection.send(head("Content-Type: text/plain", "Content-Length: " + (MAX_BODY + 1)));

            assertRefused(connection.answer(), 413, "more than " + MAX_BODY + " bytes");
        }
    }

    @Test
    void aBodyThatGrowsOverTheLimit_isRefusedAndTheConnectionLives() {
        try (RawConnection connection = connect()) {
            connection.send(head("Content-Type: text/plain", "Transfer-Encoding: chunked"));
            connection.send("2000\r\n" + "x".repeat(0x2000) + "\r\n");
            assertRefused(connection.answer(), 413, "more than " + MAX_BODY + " bytes");

            connection.send("0\r\n\r\n");
            connection.send(head("Content-Type: text/plain", "Content-Length: 5") + "after");
            assertThat(connection.answer().status()).isEqualTo(201);
            assertThat(reader.await(event -> event.data().equals("after"), Duration.ofSeconds(5)))
                    .isNotNull();
        }
    }

    @Test
    void aClientThatAsksBeforeSending_isToldToGoOn() {
        try (RawConnection connection = connect()) {
            connection.send(head("Content-Type: text/plain", "Content-Length: 5", "Expect: 100-continue"));
            assertThat(connection.answer().status()).isEqualTo(100);
            assertThat(connection.send("asked").answer().status()).isEqualTo(201);
            assertThat(reader.await("message").data()).isEqualTo("asked");
        }
    }

    @Test
    void aClientThatAsksBeforeSendingTooMuch_isToldNotTo() {
        try (RawConnection connection = connect()) {
            connection.send(head("Content-Type: text/plain", "Content-Length: 100000", "Expect: 100-continue"));
            assertThat(connection.answer().status()).isEqualTo(413);
        }
    }

    @Test
    void aStrangerThatAsksBeforeSending_isToldNotTo() {
        try (RawConnection connection = connect()) {
            connection.send(head("Content-Type: text/plain", "Content-Length: 5", "Expect: 100-continue")
                    .replace("public.a", "team.a"));
            assertThat(connection.answer().status()).isEqualTo(401);
        }
    }

    @Test
    void aSlowBody_delaysNobodyElse() {
        try (RawConnection slow = connect()) {
            slow.send(head("Content-Type: text/plain", "Content-Length: 4") + "sl");
            assertThat(post("text/plain", "quick").status()).isEqualTo(201);
            ReceivedEvent quick = reader.await("message");
            assertThat(quick.data()).isEqualTo("quick");
            assertThat(slow.send("ow").answer().status()).isEqualTo(201);
            assertThat(reader.await("message").data()).isEqualTo("slow");
        }
    }
}
