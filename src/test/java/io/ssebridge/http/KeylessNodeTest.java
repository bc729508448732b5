package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.KeySetServer;
import io.ssebridge.testing.Tokens;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A node that starts while the issuer of its keys is down. */
@Timeout(30)
class KeylessNodeTest {
    private static int status(ServedNode node, String line, String... more) {
        return answer(node, line, more).status();
    }

    private static RawConnection.Answer answer(ServedNode node, String line, String... more) {
        String[] request = new String[more.length + 2];
        request[0] = line + " HTTP/1.1";
        request[1] = "Host: bridge.example";
        System.arraycopy(more, 0, request, 2, more.length);
        return RawConnection.ask(node.port(), request);
    }

    @Test
    void tokensAreToBeSentAgainLater_andPublicChannelsAreOpen() {
        try (KeySetServer issuer = new KeySetServer("{}")) {
            issuer.answer(KeySetServer.status(503, ""));
            try (ServedNode node = ServedNode.ofKeys("jwks: \"%s\"".formatted(issuer.url()), """
                    channels:
                      - {channel: "public.{name}", subscribe: public}
                      - {channel: "team.{name}"}
                    """)) {
                String token = "Authorization: Bearer " + Tokens.of("alice");

                assertThat(status(node, "HEAD /stream/public.a")).isEqualTo(200);
                assertThat(status(node, "HEAD /stream/team.a")).isEqualTo(401);
                assertThat(status(node, "HEAD /stream/public.a", token)).isEqualTo(503);
                assertThat(answer(node, "GET /stream/team.a", token).all("Retry-After"))
                        .hasSize(1);
                assertThat(status(node, "GET /stream/team.a", token, "Last-Event-ID: x"))
                        .as("an EventSource comes back only after 200")
                        .isEqualTo(200);
            }
        }
    }
}
