package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.Gzip;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** In which ways an event can be written to be published. */
@Timeout(60)
class PublishFormatTest {
    private static final String FORM = "application/x-www-form-urlencoded";
    private static final String GZIP = "Content-Encoding: gzip";
    private static final String BEARER =
            "Authorization: Bearer " + Tokens.mint("alice", List.of("public.*"), List.of("public.*"));

    private final ServedNode node = ServedNode.of("""
            channels: [{channel: "public.{name}", subscribe: public, publish: public}]
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer publish(String type, String body, String... headers) {
        return publishTo("public.a", type, body, headers);
    }

    @CanIgnoreReturnValue
    private RawConnection.Answer publishTo(String target, String type, String body, String... headers) {
        return publishBytes(target, type, body.getBytes(StandardCharsets.UTF_8), headers);
    }

    private RawConnection.Answer publishBytes(String target, String type, byte[] bytes, String... headers) {
        String head = "POST /publish/" + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: " + type
                + "\r\nContent-Length: " + bytes.length + "\r\n"
                + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n";
        try (RawConnection connection = RawConnection.open(node.port())) {
            return connection
                    .send(head + new String(bytes, StandardCharsets.ISO_8859_1))
                    .answer();
        }
    }

    private JsonObject newest() {
        return RawConnection.ask(node.port(), "GET /history/public.a?last=1 HTTP/1.1", "Host: x")
                .problem()
                .getJsonArray("events")
                .getJsonObject(0);
    }

    @Test
    void aForm_isAnEvent() {
        assertThat(publish(FORM, "data=a%20b+c%26%C3%A9&event=goal&key=k1&retry=3000", BEARER)
                        .status())
                .isEqualTo(201);
        assertThat(newest().getString("data")).isEqualTo("a b c&\u00e9");
        assertThat(newest().getString("event")).isEqualTo("goal");
        assertThat(newest().getInteger("retry")).isEqualTo(3_000);
        assertThat(publish(FORM + "; charset=UTF-8", "data=other&key=k1", BEARER)
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aRawBody_isTheDataOfOneEvent() {
        String webhook = "{\"event\": 1,\n  \"unknown\": [1.50, null]}";
        assertThat(publishTo("public.a?raw=true&event=push&key=k1", "application/json", webhook)
                        .status())
                .isEqualTo(201);
        assertThat(newest().getString("data")).isEqualTo("{\"event\":1,\"unknown\":[1.50,null]}");
        assertThat(newest().getString("event")).isEqualTo("push");
        assertThat(publishTo("public.a?raw=true&key=k1", "application/json", webhook)
                        .status())
                .isEqualTo(200);

        publishTo("public.a?raw=true", "application/vnd.site+json", "[1, 2]");
        assertThat(newest().getString("data")).isEqualTo("[1,2]");
        publishTo("public.a?raw=true", "application/json", "\"text\"");
        assertThat(newest().getString("data")).isEqualTo("text");
        publishTo("public.a?raw=true", "text/xml", "<a>\r\n</a>");
        assertThat(newest().getString("data")).isEqualTo("<a>\n</a>");
    }

    @Test
    void aWebhook_mayEndTheChannel() {
        assertThat(publishTo("public.a?raw=true&event=done&end=true", "application/json", "{\"event\": 1}")
                        .status())
                .isEqualTo(201);
        assertThat(newest().getString("data")).isEqualTo("{\"event\":1}");
        assertThat(publishTo("public.a", "text/plain", "late").status()).isEqualTo(409);
        assertThat(publishTo("public.b?raw=true&end=yes", "application/json", "1")
                        .status())
                .isEqualTo(400);
        // In an object of the bridge's own form, the end is a field.
        assertThat(publishTo("public.b?end=true", "application/json", "{\"data\":1}")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aPlainText_mayGetNameAndKeyFromTheQuery() {
        assertThat(publishTo("public.a?event=goal&key=t1", "text/plain", "x").status())
                .isEqualTo(201);
        assertThat(newest().getString("event")).isEqualTo("goal");
        assertThat(publishTo("public.a?key=t1", "text/plain", "y", "Idempotency-Key: t1")
                        .status())
                .isEqualTo(200);
        assertThat(publishTo("public.a?key=t1", "text/plain", "y", "Idempotency-Key: t2")
                        .status())
                .isEqualTo(400);
    }

    @Test
    void aRawBodyInAnUnknownForm_isRefused() {
        assertThat(publishTo("public.a?raw=true", "application/json", "").status())
                .isEqualTo(400);
        assertThat(publishTo("public.a?raw=true", "application/json", "{} {}").status())
                .isEqualTo(400);
        assertThat(publishTo("public.a?raw=true", "application/json", "{\"a\":").status())
                .isEqualTo(400);
        assertThat(publishTo("public.a?raw=yes", "application/json", "{}").status())
                .isEqualTo(400);
        assertThat(publishTo("public.a?raw=true&event=stream-error", "application/json", "{}")
                        .status())
                .isEqualTo(400);
        assertThat(publishTo("public.a?raw=true", FORM, "data=x", BEARER).status())
                .isEqualTo(415);
        assertThat(publishTo("public.a?raw=true", "image/png", "x").status()).isEqualTo(415);
        // In an object of the bridge's own form, name and key are fields.
        assertThat(publishTo("public.a?event=x", "application/json", "{\"data\":1}")
                        .status())
                .isEqualTo(400);
    }

    // The page of a stranger can send a form with the visitor's cookie, but no Authorization.
    @Test
    void aFormWithoutABearerToken_isRefused() {
        assertThat(publish(FORM, "data=x").status()).isEqualTo(415);
        assertThat(publish(FORM, "data=x", "Cookie: sse_token=" + Tokens.of("alice"))
                        .status())
                .isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"event=x", "data=a&data=b", "data=a&dta=b", "data=%FF", "data=%zz", "data=a&retry=1.5", "x"})
    void aFormThatIsNotAnEvent_isRefused(String form) {
        assertThat(publish(FORM, form, BEARER).status()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "application/json",
                "application/cloudevents+json",
                "application/vnd.x+json; charset=UTF8",
                "application/json; charset=us-ascii",
                "Application/JSON;charset=\"utf-8\""
            })
    void jsonOfAnyKind_isAnEvent(String type) {
        assertThat(publish(type, "{\"data\": 1}").status()).isEqualTo(201);
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "text/plain;charset=utf8", "text/plain; charset=US-ASCII"})
    void text_isTheData(String type) {
        assertThat(publish(type, "x").status()).isEqualTo(201);
        assertThat(newest().getString("data")).isEqualTo("x");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/html", "application/xml", "text/plain; charset=latin1", "json", "image/svg+json"})
    void anythingElse_isRefused(String type) {
        assertThat(publish(type, "x").status()).isEqualTo(415);
    }

    @ParameterizedTest
    @ValueSource(strings = {"deflate", "br", "gzip, identity", "gzip\r\nContent-Encoding: gzip", "x"})
    void aCodedBody_isRefused_andNotTakenForTheData(String coding) {
        RawConnection.Answer answer = publish("text/plain", "x", "Content-Encoding: " + coding);

        assertThat(answer.status()).isEqualTo(415);
        assertThat(answer.all("Accept-Encoding")).containsExactly("gzip");
    }

    @ParameterizedTest
    @CsvSource({
        "text/plain,                        public.a,          \u00e9",
        "application/json,                  public.a,          {\"data\": \"\u00e9\"}",
        "application/json,                  public.a?raw=true, \"\u00e9\"",
        FORM + ",                           public.a,          data=%C3%A9",
        "application/x-ndjson,              public.a,          {\"data\": \"\u00e9\"}"
    })
    void aBodyInGzip_isReadInEachFormat(String type, String target, String body) {
        RawConnection.Answer answer = publishBytes(target, type, Gzip.of(body), GZIP, BEARER);

        assertThat(answer.status()).isBetween(200, 201);
        assertThat(newest().getString("data")).isEqualTo("\u00e9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "application/json", FORM})
    void aBodyThatIsTooLargeAfterDecompression_isRefused(String type) {
        byte[] bomb = Gzip.of("\"" + "x".repeat(100 << 20));
        assertThat(bomb).hasSizeLessThan(200_000);

        assertThat(publishBytes("public.a", type, bomb, GZIP, BEARER).status()).isEqualTo(413);
        assertThat(publish("text/plain", "next").status()).isEqualTo(201);
    }

    @Test
    void aTextOfExactlyTheLimit_isReadFromGzip_andOneByteMoreIsRefused() {
        assertThat(publishBytes("public.a", "text/plain", Gzip.of(Gzip.noise(65_536)), GZIP)
                        .status())
                .isEqualTo(201);
        assertThat(newest().getString("data")).isEqualTo(Gzip.noise(65_536));
        assertThat(publishBytes("public.a", "text/plain", Gzip.of(Gzip.noise(65_537)), GZIP)
                        .status())
                .isEqualTo(413);
    }

    @Test
    void aBodyThatIsNotWholeGzip_isRefused() {
        byte[] whole = Gzip.of("data");
        for (int length = 0; length < whole.length; length++) {
            assertThat(publishBytes("public.a", "text/plain", Arrays.copyOf(whole, length), GZIP)
                            .status())
                    .as("the first %d bytes", length)
                    .isEqualTo(400);
        }
        assertThat(publish("text/plain", "data", GZIP).status()).isEqualTo(400);
        assertThat(publishBytes("public.a", "text/plain", whole, GZIP).status()).isEqualTo(201);
    }

    @Test
    void anEmptyName_meansNoName() {
        assertThat(publish("application/json", "{\"event\": \"\", \"data\": 1}").status())
                .isEqualTo(201);
        assertThat(newest().getString("event")).isEqualTo("message");
    }

    // Streams deliver LF for every published line end.
    @Test
    void everyLineEnd_isALineFeed_inTheHistoryToo() {
        assertThat(publish("text/plain", "a\r\nb\rc\nd\r").status()).isEqualTo(201);
        assertThat(newest().getString("data")).isEqualTo("a\nb\nc\nd\n");
    }
}
