package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Events for some readers only, over real connections: the subject and the properties come from the token. */
@Timeout(60)
class PersonalStreamTest {
    private static final String ALICE =
            token("alice", new JsonObject().put("role", "user").put("level", 3));
    private static final String BOB = token("bob", new JsonObject().put("role", "user"));
    private static final String ROOT = token("root", new JsonObject().put("role", "admin"));

    private final ServedNode node = ServedNode.of("""
            channels: [{channel: "public.{name}", subscribe: public, publish: public}]
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private static String token(String subject, JsonObject properties) {
        return Tokens.mint(subject, List.of("**"), List.of("**"), properties, Duration.ofDays(1));
    }

    private RawConnection open(String token) {
        RawConnection connection = RawConnection.open(node.port());
        connection.send("GET /stream/public.a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n");
        assertThat(connection.answer().status()).isEqualTo(200);
        String line = connection.line();
        while (!line.startsWith("id: ")) {
            line = connection.line();
        }
        return connection;
    }

    private RawConnection.Answer post(String body) {
        return RawConnection.ask(
                node.port(),
                "POST /publish/public.a HTTP/1.1",
                "Host: x",
                "Content-Type: application/json",
                "Content-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n\r\n" + body);
    }

    private void publish(String data, String selector) {
        assertThat(post("{\"data\": \"" + data + "\"" + selector + "}").status())
                .isEqualTo(201);
    }

    private static List<String> data(RawConnection connection, int count) {
        List<String> data = new ArrayList<>();
        while (data.size() < count) {
            String line = connection.line();
            if (line.startsWith("data: ")) {
                data.add(line.substring("data: ".length()));
            }
        }
        return data;
    }

    private List<String> history(String query, String... headers) {
        List<String> lines = new ArrayList<>(List.of("GET /history/public.a" + query + " HTTP/1.1", "Host: x"));
        lines.addAll(List.of(headers));
        RawConnection.Answer answer = RawConnection.ask(node.port(), lines.toArray(String[]::new));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).doesNotContain("\"to\"", "\"except\"");
        return new JsonObject(answer.body())
                .getJsonArray("events").stream()
                        .map(event -> ((JsonObject) event).getString("data"))
                        .toList();
    }

    @Test
    void eachReader_getsItsOwnEvents_liveAndInTheHistory() {
        try (RawConnection alice = open(ALICE);
                RawConnection bob = open(BOB);
                RawConnection root = open(ROOT)) {
            publish("1", ", \"to\": {\"sub\": \"alice\"}");
            publish("2", ", \"to\": {\"role\": \"user\"}, \"except\": {\"sub\": \"alice\"}");
            publish("3", ", \"to\": {\"level\": 3.0}");
            publish("4", ", \"except\": {\"role\": \"user\"}");
            publish("5", "");

            assertThat(data(alice, 3)).containsExactly("1", "3", "5");
            assertThat(data(bob, 2)).containsExactly("2", "5");
            assertThat(data(root, 2)).containsExactly("4", "5");
        }
        assertThat(history("", "Authorization: Bearer " + ALICE)).containsExactly("1", "3", "5");
        assertThat(history("?last=2", "Authorization: Bearer " + BOB)).containsExactly("2", "5");
        assertThat(history("?since=0", "Authorization: Bearer " + ROOT)).containsExactly("4", "5");
        assertThat(history("?limit=1")).containsExactly("4");
    }

    @Test
    void propertiesThatAreTooLargeForStreams_areRefused() {
        String large = token("alice", new JsonObject().put("p", "x".repeat(4_096)));
        for (String path : List.of("/stream/public.a", "/history/public.a")) {
            RawConnection.Answer answer = RawConnection.ask(
                    node.port(), "GET " + path + " HTTP/1.1", "Host: x", "Authorization: Bearer " + large);
            assertThat(answer.status()).isEqualTo(401);
            assertThat(answer.problem().getString("detail"))
                    .contains("properties: 4097 bytes (expected: at most 4096)");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"to\": null | to: expected an object with texts, numbers and booleans",
                "\"to\": \"alice\" | to: expected an object with texts, numbers and booleans",
                "\"to\": {} | to: is empty (expected: at least one value)",
                "\"except\": {} | except: is empty (expected: at least one value)",
                "\"except\": {\"sub\": true} | except.sub: is not a text",
                "\"to\": {\"role\": [\"a\"]} | to: has a value that is not a text, a number or a boolean",
                "\"to\": {\"role\": \"\\ud800\"} | to: has a value that is not a text, a number or a boolean",
                "\"too\": {} | 'body: has an unknown field (expected: data, event, key, retry, end, to, except)'",
            })
    void aWrongSelector_isRefusedWithItsName(String field, String detail) {
        RawConnection.Answer answer = post("{\"data\": 1, " + field + "}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem().getString("detail")).isEqualTo(detail);
    }

    @Test
    void aSelectorThatIsTooLarge_isRefused() {
        RawConnection.Answer answer = post("{\"data\": 1, \"to\": {\"a\": \"" + "x".repeat(1_024) + "\"}}");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem().getString("detail")).isEqualTo("to: 1025 bytes (expected: at most 1024)");
    }
}
