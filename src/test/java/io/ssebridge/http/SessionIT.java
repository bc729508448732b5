package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.Jar;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The session cookie, and the demo's sessions that need no token. */
@Timeout(60)
class SessionIT {
    private static final String TOKEN = Tokens.mint("alice", List.of("team.*"), List.of());

    private static TestNode node;
    private static TestNode demo;

    @BeforeAll
    static void start() {
        node = TestNode.standalone(NodeSetup.DEFAULT);
        demo = TestNode.standalone(NodeSetup.DEMO);
    }

    @AfterAll
    static void stop() {
        node.close();
        demo.close();
    }

    private static RawConnection.Answer ask(TestNode of, String line, String... headers) {
        List<String> lines = new ArrayList<>(List.of(line + " HTTP/1.1"));
        lines.addAll(Arrays.asList(headers));
        return RawConnection.ask(of.uri("/").getPort(), lines.toArray(String[]::new));
    }

    private static RawConnection.Answer session(String... headers) {
        List<String> all = new ArrayList<>(List.of("Host: localhost", "Content-Length: 0"));
        all.addAll(Arrays.asList(headers));
        return ask(node, "POST /session", all.toArray(String[]::new));
    }

    private static List<String> attributes(RawConnection.Answer answer) {
        assertThat(answer.all("Set-Cookie")).hasSize(1);
        return List.of(answer.all("Set-Cookie").get(0).split("; ", -1));
    }

    @Test
    void aBearerToken_becomesACookieThatOpensStreams() {
        RawConnection.Answer answer = session("Authorization: Bearer " + TOKEN);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.all("Cache-Control")).containsExactly("no-store");
        List<String> attributes = attributes(answer);
        assertThat(attributes)
                .contains("sse_token=" + TOKEN, "Path=/", "SameSite=Lax")
                .anyMatch("HttpOnly"::equalsIgnoreCase)
                // Host-only, and plain HTTP could not send a secure one back.
                .noneMatch(attribute -> attribute.toLowerCase(Locale.ROOT).matches("(domain|secure).*"));
        String maxAge = attributes.stream()
                .filter(attribute -> attribute.startsWith("Max-Age="))
                .findFirst()
                .orElseThrow();
        assertThat(Integer.parseInt(maxAge.substring("Max-Age=".length()))).isBetween(3_500, 3_600);

        assertThat(ask(node, "HEAD /stream/team.a", "Host: localhost", "Cookie: " + attributes.get(0))
                        .status())
                .isEqualTo(200);
    }

    @Test
    void aDeletedSession_isForgottenByTheBrowser() {
        RawConnection.Answer answer = ask(node, "DELETE /session", "Host: localhost", "Cookie: sse_token=" + TOKEN);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(attributes(answer)).contains("sse_token=", "Max-Age=0", "Path=/");
    }

    @Test
    void withoutAGoodBearerToken_thereIsNoSession() {
        assertThat(session().status()).isEqualTo(401);
        assertThat(session("Cookie: sse_token=" + TOKEN).status()).isEqualTo(401);
        assertThat(session("Authorization: Bearer " + TOKEN + "x").status()).isEqualTo(401);
        assertThat(session("Authorization: Basic YTpi").status()).isEqualTo(401);
        assertThat(session().all("Set-Cookie")).isEmpty();
    }

    // Answered with 204, its streams would be 401 for no reason that anybody could see.
    @Test
    void aPageOfAnotherSite_isToldThatItsCookieWouldNotComeBack() {
        RawConnection.Answer answer = session("Authorization: Bearer " + TOKEN, "Sec-Fetch-Site: cross-site");

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem().getString("detail"))
                .startsWith("auth.cookie.sameSite: Lax")
                .contains("None");
        assertThat(answer.all("Set-Cookie")).isEmpty();
        assertThat(session("Authorization: Bearer " + TOKEN, "Sec-Fetch-Site: same-site")
                        .status())
                .isEqualTo(204);
    }

    @Test
    void aTokenTooLargeForACookie_isRefused() {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            many.add("team.member-%d".formatted(i));
        }
        RawConnection.Answer answer = session("Authorization: Bearer " + Tokens.mint("alice", many, List.of()));

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.all("Set-Cookie")).isEmpty();
    }

    @Test
    void withoutDemoMode_thereAreNoDemoSessions() {
        assertThat(ask(node, "POST /demo/session", "Host: localhost", "Content-Length: 0")
                        .status())
                .isEqualTo(404);
    }

    private static RawConnection.Answer demoSession(String body, String... headers) {
        try (RawConnection connection = RawConnection.open(demo.uri("/").getPort())) {
            return connection
                    .send("POST /demo/session HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + body.length() + "\r\n"
                            + String.join(
                                    "",
                                    Arrays.stream(headers)
                                            .map(line -> line + "\r\n")
                                            .toList())
                            + "\r\n" + body)
                    .answer();
        }
    }

    @Test
    void inTheDemo_aPageOfAnotherServerOfThisMachineMayAct() {
        RawConnection.Answer answer = demoSession("{\"sub\": \"alice\"}", "Origin: http://localhost:5173");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(answer.all("Access-Control-Allow-Origin")).containsExactly("http://localhost:5173");
        assertThat(demoSession("{\"sub\": \"alice\"}", "Origin: http://evil.example")
                        .status())
                .isEqualTo(403);
    }

    @Test
    void inTheDemo_anySubjectIsAccepted() {
        RawConnection.Answer answer = demoSession("{\"sub\": \"alice\"}");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(ask(
                                demo,
                                "HEAD /stream/sse",
                                "Host: localhost",
                                "Cookie: " + attributes(answer).get(0))
                        .status())
                .isEqualTo(200);
        assertThat(ask(demo, "HEAD /stream/sse", "Host: localhost", "Cookie: sse_token=" + TOKEN)
                        .status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "null",
                "[]",
                "1",
                "{}",
                "{\"sub\": 1}",
                "{\"sub\": \"\"}",
                "{\"sub\": \" \"}",
                "{\"sub\": \"a\"} x",
                "\u00FF",
                "{\"sub\": \"01234567890123456789012345678901234567890123456789012345678901234\"}"
            })
    void aDemoSessionWithoutAName_isRefused(String body) {
        RawConnection.Answer answer = demoSession(body);

        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.problem().getString("detail")).startsWith("body: expected {\"sub\"");
    }

    @Test
    void aForeignPage_getsNoDemoSession() {
        assertThat(demoSession("{\"sub\": \"alice\"}", "Origin: https://evil.example")
                        .status())
                .isEqualTo(403);
        assertThat(demoSession("{\"sub\": \"alice\"}", "Origin: null").status()).isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "127.0.0.1.nip.io",
                "0.0.0.0",
                "192.168.0.1",
                "localhost, evil.example",
                "user@localhost",
                "[::]",
                ""
            })
    void aNameThatIsNotThisMachines_isRefusedInTheDemo(String host) {
        for (String path : List.of("/", "/stream/sse", "/health/live", "/nowhere")) {
            RawConnection.Answer answer = ask(demo, "GET " + path, "Host: " + host);
            assertThat(answer.status()).as(path).isEqualTo(403);
            assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:foreign-host");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST:1", "127.0.0.1:8080", "[::1]:8080", "app.localhost"})
    void aNameOfThisMachine_isServedInTheDemo(String host) {
        RawConnection.Answer page = ask(demo, "GET /", "Host: " + host);

        assertThat(page.status()).isEqualTo(200);
        assertThat(page.all("Content-Security-Policy").get(0)).startsWith("default-src 'none'");
    }

    @Test
    void aDemoForOtherMachines_doesNotStart(@TempDir Path directory) {
        try (ChildProcess process = ChildProcess.start(
                "demo for others",
                directory,
                Map.of("SSE_HTTP_HOST", "0.0.0.0", "SSE_HTTP_PORT", "0"),
                Jar.command(List.of(), List.of("--standalone")))) {
            assertThat(process.awaitExit(Duration.ofSeconds(20))).isEqualTo(2);
            assertThat(String.join("\n", process.output())).contains("http.host: \"0.0.0.0\"", "loopback");
        }
    }
}
