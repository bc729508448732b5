package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class CorsTest {
    private static final String LISTED = "https://app.example";
    private static final String FOREIGN = "https://other.example";

    private final ServedNode node =
            ServedNode.of("""
            channels:
              - {channel: "public.{name}", subscribe: public}
              - {channel: "team.{name}"}
            """, "cors: {origins: [\"https://app.example\", \"https://*.wide.example\"]}");

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer ask(String line, String origin, String... headers) {
        String[] lines = new String[headers.length + 3];
        lines[0] = line + " HTTP/1.1";
        lines[1] = "Host: bridge.example";
        lines[2] = "Origin: " + origin;
        System.arraycopy(headers, 0, lines, 3, headers.length);
        return RawConnection.ask(node.port(), lines);
    }

    private static List<String> allowedOrigin(RawConnection.Answer answer) {
        return answer.all("Access-Control-Allow-Origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization, Content-Type, Idempotency-Key",
                "cache-control,x-requested-with,traceparent",
                "last-event-id"
            })
    void aPreflight_allowsTheRequestedHeaders(String asked) {
        RawConnection.Answer answer = ask(
                "OPTIONS /publish/team.a",
                LISTED,
                "Access-Control-Request-Method: POST",
                "Access-Control-Request-Headers: " + asked);

        assertThat(answer.status()).isEqualTo(204);
        assertThat(allowedOrigin(answer)).containsExactly(LISTED);
        assertThat(answer.all("Access-Control-Allow-Headers")).containsExactly(asked);
        assertThat(answer.all("Access-Control-Allow-Methods")).containsExactly("POST");
        assertThat(answer.all("Access-Control-Max-Age")).containsExactly("7200");
        assertThat(answer.all("Vary")).containsExactly("Origin");
    }

    @Test
    void aPreflightOfAForeignPage_allowsNothing() {
        RawConnection.Answer answer =
                ask("OPTIONS /publish/team.a", FOREIGN, "Access-Control-Request-Headers: authorization");

        assertThat(answer.status()).isEqualTo(204);
        assertThat(allowedOrigin(answer)).isEmpty();
        assertThat(answer.all("Access-Control-Allow-Headers")).isEmpty();
    }

    @Test
    void aPreflightThatAsksForNoHeader_isToldTheUsualOnes() {
        assertThat(ask("OPTIONS /publish/team.a", LISTED)
                        .all("Access-Control-Allow-Headers")
                        .get(0))
                .contains("Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID");
    }

    @Test
    void subdomainsOfAListedOrigin_mayActForTheUser_andNoOthers() {
        for (String origin : List.of("https://a.wide.example", "https://b.a.wide.example")) {
            RawConnection.Answer answer = ask("GET /history/team.a", origin);
            assertThat(answer.status()).isEqualTo(401);
            assertThat(allowedOrigin(answer)).containsExactly(origin);
        }
        for (String origin : List.of(
                "https://wide.example",
                "http://a.wide.example",
                "https://a.wide.example:8443",
                "https://awide.example",
                "https://.wide.example",
                "https://a..wide.example",
                "https://evil.example/.wide.example",
                "https://evil.example?.wide.example",
                "https://a@b.wide.example")) {
            assertThat(allowedOrigin(ask("GET /history/team.a", origin))).isEmpty();
            assertThat(ask("POST /publish/team.a", origin, "Content-Length: 0").status())
                    .isEqualTo(403);
        }
    }

    @Test
    void aPublicChannel_mayBeReadByPagesOfAllOrigins_withoutCredentials() {
        RawConnection.Answer history = ask("GET /history/public.a", FOREIGN);
        assertThat(history.status()).isEqualTo(200);
        assertThat(allowedOrigin(history)).containsExactly("*");
        assertThat(history.all("Access-Control-Allow-Credentials")).isEmpty();

        assertThat(allowedOrigin(ask("HEAD /stream?channel=public.a&channel=public.b", FOREIGN)))
                .containsExactly("*");
        assertThat(allowedOrigin(ask("OPTIONS /stream/public.a", FOREIGN))).containsExactly("*");
        // The answer says what is wrong, and a page can read it.
        assertThat(allowedOrigin(ask("GET /stream/public.a?lst=1", FOREIGN))).containsExactly("*");

        assertThat(allowedOrigin(ask("HEAD /stream?channel=public.a&channel=team.b", FOREIGN)))
                .isEmpty();
        assertThat(allowedOrigin(ask("GET /history/team.a", FOREIGN))).isEmpty();
        assertThat(allowedOrigin(ask("POST /publish/public.a", FOREIGN, "Content-Length: 0")))
                .isEmpty();
        assertThat(allowedOrigin(ask("GET /history/public.a", LISTED))).containsExactly(LISTED);
    }

    @Test
    void anAnswerToAMalformedRequest_isReadableToo() {
        RawConnection.Answer tooLong = ask("GET /" + "a".repeat(40_000), LISTED);
        assertThat(tooLong.status()).isEqualTo(414);
        assertThat(allowedOrigin(tooLong)).hasSize(1);

        RawConnection.Answer tooLarge = ask("GET /", LISTED, "X: " + "a".repeat(60_000));
        assertThat(tooLarge.status()).isEqualTo(431);
        assertThat(allowedOrigin(tooLarge)).hasSize(1);
    }

    // A proxy that passes Host on without the port, as nginx does by default.
    @Test
    void whereAProxyHasTakenThePortAway_theBrowserSaysThatThePageIsOurs() {
        String ours = "http://bridge.example:8080";
        assertThat(ask("POST /publish/team.a", ours, "Content-Length: 0", "Sec-Fetch-Site: same-origin")
                        .status())
                .isEqualTo(401);
        assertThat(ask("POST /publish/team.a", ours, "Content-Length: 0", "Sec-Fetch-Site: same-site")
                        .status())
                .isEqualTo(403);
        assertThat(ask("POST /publish/team.a", ours, "Content-Length: 0").status())
                .isEqualTo(403);
        assertThat(ask("POST /publish/team.a", FOREIGN, "Content-Length: 0", "Sec-Fetch-Site: same-origin")
                        .status())
                .isEqualTo(403);
    }
}
