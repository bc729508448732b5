package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SessionCookieTest {
    private static final String TOKEN = Tokens.of("alice");

    private static String cookieOf(String options, String... headers) {
        try (ServedNode node = ServedNode.of(
                "channels: [{channel: a, subscribe: authenticated}]\n", "path: /", "cookie: " + options)) {
            String[] lines = new String[headers.length + 3];
            lines[0] = "POST /session HTTP/1.1";
            lines[1] = "Host: x";
            lines[2] = "Authorization: Bearer " + TOKEN;
            System.arraycopy(headers, 0, lines, 3, headers.length);
            RawConnection.Answer answer = RawConnection.ask(node.port(), lines);
            assertThat(answer.status()).isEqualTo(204);
            String cookie = answer.all("Set-Cookie").get(0);
            assertThat(RawConnection.ask(
                                    node.port(),
                                    "HEAD /stream/a HTTP/1.1",
                                    "Host: x",
                                    "Cookie: " + cookie.substring(0, cookie.indexOf(';')))
                            .status())
                    .isEqualTo(200);
            return cookie.replaceFirst("Max-Age=[0-9]+", "Max-Age=n");
        }
    }

    @Test
    void theCookie_isAsConfigured() {
        assertThat(cookieOf("live")).isEqualTo("live=" + TOKEN + "; Max-Age=n; Path=/; HttpOnly; SameSite=Lax");
        assertThat(cookieOf("{name: __Host-live, sameSite: Strict, secure: true}"))
                .isEqualTo("__Host-live=" + TOKEN + "; Max-Age=n; Path=/; HttpOnly; SameSite=Strict; Secure");
        // A page of another site that embeds the bridge's streams.
        assertThat(cookieOf(
                        "{sameSite: None, secure: true, domain: app.example, partitioned: true}",
                        "Sec-Fetch-Site: cross-site"))
                .isEqualTo("sse_token=" + TOKEN
                        + "; Max-Age=n; Path=/; HttpOnly; SameSite=None; Domain=app.example; Secure; Partitioned");
    }

    // Answered with 204, its streams would be 401 for no reason that anybody could see.
    @Test
    void aPageOverPlainHttp_isToldThatItWouldNotKeepASecureCookie() {
        try (ServedNode node = ServedNode.of(
                "channels: [{channel: a, subscribe: authenticated}]\n", "path: /", "cookie: {secure: true}")) {
            RawConnection.Answer answer = session(node, "app.example", "http://app.example");

            assertThat(answer.status()).isEqualTo(400);
            assertThat(answer.problem().getString("detail")).startsWith("auth.cookie.secure: true");
            assertThat(answer.all("Set-Cookie")).isEmpty();
            // A proxy has ended TLS; browsers keep secure cookies of this machine; a browser that came over TLS.
            assertThat(session(node, "app.example", "https://app.example").status())
                    .isEqualTo(204);
            assertThat(session(node, "localhost", "http://localhost").status()).isEqualTo(204);
            assertThat(session(node, "app.example", "http://app.example", "Sec-Fetch-Site: same-origin")
                            .status())
                    .isEqualTo(204);
        }
    }

    private static RawConnection.Answer session(ServedNode node, String host, String origin, String... more) {
        List<String> lines = new ArrayList<>(List.of(
                "POST /session HTTP/1.1", "Host: " + host, "Origin: " + origin, "Authorization: Bearer " + TOKEN));
        lines.addAll(List.of(more));
        return RawConnection.ask(node.port(), lines.toArray(String[]::new));
    }
}
