package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
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
}
