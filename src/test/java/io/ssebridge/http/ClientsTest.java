package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that come through a trusted proxy, at 127.0.0.1, and others that only pretend to, from 127.0.0.2. */
@Timeout(60)
class ClientsTest {
    private static final String PROXY = "127.0.0.1";
    private static final String STRANGER = "127.0.0.2";

    private final ServedNode node = ServedNode.of("""
            limits: {subscribersPerIp: 1}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "team.{name}"}
            """, "trustedProxies: [127.0.0.1]");

    private final List<RawConnection> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(RawConnection::close);
        node.close();
    }

    private RawConnection.Answer ask(String peer, String line, String... headers) {
        try {
            RawConnection connection = RawConnection.open(node.port(), InetAddress.getByName(peer));
            open.add(connection);
            return connection
                    .send(line + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n")
                    .answer();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private int stream(String peer, String... headers) {
        List<String> all = new ArrayList<>(List.of("Host: x"));
        all.addAll(List.of(headers));
        return ask(peer, "GET /stream/public.a", all.toArray(String[]::new)).status();
    }

    @Test
    void aLimitPerAddress_countsTheClientOfATrustedProxy() {
        assertThat(stream(PROXY, "X-Forwarded-For: 203.0.113.7")).isEqualTo(200);
        assertThat(stream(PROXY, "X-Forwarded-For: 203.0.113.8")).isEqualTo(200);
        assertThat(stream(PROXY, "Forwarded: for=203.0.113.9")).isEqualTo(200);

        assertThat(stream(PROXY, "X-Forwarded-For: 203.0.113.7")).isEqualTo(429);
        assertThat(stream(PROXY, "X-Forwarded-For: 198.51.100.1, 203.0.113.7")).isEqualTo(429);
        // Malformed: then it is the proxy itself.
        assertThat(stream(PROXY, "X-Forwarded-For: 203.0.113.7, x")).isEqualTo(200);
        assertThat(stream(PROXY, "X-Forwarded-For: y")).isEqualTo(429);
    }

    @Test
    void aStranger_isNotBelieved() {
        assertThat(stream(STRANGER, "X-Forwarded-For: 203.0.113.7")).isEqualTo(200);
        assertThat(stream(STRANGER, "X-Forwarded-For: 203.0.113.8")).isEqualTo(429);
        assertThat(stream(STRANGER, "Forwarded: for=203.0.113.9")).isEqualTo(429);
        assertThat(stream(STRANGER)).isEqualTo(429);
        // It has counted for itself only.
        assertThat(stream(PROXY, "X-Forwarded-For: 203.0.113.7")).isEqualTo(200);
    }

    private List<String> session(String peer, String... headers) {
        List<String> all = new ArrayList<>(
                List.of("Host: bridge.example", "Content-Length: 0", "Authorization: Bearer " + Tokens.of("alice")));
        all.addAll(List.of(headers));
        RawConnection.Answer answer = ask(peer, "POST /session", all.toArray(String[]::new));
        assertThat(answer.status()).isEqualTo(204);
        return answer.all("Set-Cookie");
    }

    @Test
    void theSessionCookie_isSecureIfATrustedProxyWasAskedOverTls() {
        assertThat(session(PROXY, "X-Forwarded-Proto: https").get(0)).endsWith("; Secure");
        assertThat(session(PROXY, "X-Forwarded-Proto: http").get(0)).doesNotContain("Secure");
        assertThat(session(PROXY).get(0)).doesNotContain("Secure");
        assertThat(session(STRANGER, "X-Forwarded-Proto: https").get(0)).doesNotContain("Secure");
    }

    private int publish(String peer, String origin, String... headers) {
        List<String> all = new ArrayList<>(
                List.of("Host: inner.example", "Content-Type: text/plain", "Content-Length: 1", "Origin: " + origin));
        all.addAll(List.of(headers));
        try {
            RawConnection connection = RawConnection.open(node.port(), InetAddress.getByName(peer));
            open.add(connection);
            return connection
                    .send("POST /publish/public.a HTTP/1.1\r\n" + String.join("\r\n", all) + "\r\n\r\nx")
                    .answer()
                    .status();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void ourOwnOrigin_isTheOneThatATrustedProxyWasAskedAt() {
        assertThat(publish(PROXY, "https://app.example", "X-Forwarded-Host: app.example"))
                .isEqualTo(201);
        assertThat(publish(PROXY, "https://app.example", "Forwarded: for=203.0.113.7;host=app.example"))
                .isEqualTo(201);
        assertThat(publish(PROXY, "https://app.example")).isEqualTo(403);
        assertThat(publish(STRANGER, "https://app.example", "X-Forwarded-Host: app.example"))
                .isEqualTo(403);
    }

    // It may be a page that somebody in the network has put in the place of ours.
    @Test
    void aPageOverPlainHttp_isForeignIfTheBridgeIsAskedOverTls() {
        assertThat(publish(PROXY, "http://inner.example", "X-Forwarded-Proto: https"))
                .isEqualTo(403);
        assertThat(publish(PROXY, "https://inner.example", "X-Forwarded-Proto: https"))
                .isEqualTo(201);
        assertThat(publish(PROXY, "http://inner.example")).isEqualTo(201);
    }
}
