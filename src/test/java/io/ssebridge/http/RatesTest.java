package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The largest numbers of streams and of events per second. */
@Timeout(60)
class RatesTest {
    private static final int CONNECTS = 3;
    private static final int PUBLISHES = 5;

    private final ServedNode node = ServedNode.of("""
            limits: {connectRate: %d, publishRate: %d, newChannelsPerIp: 0}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "team.{name}", publish: authenticated}
            """.formatted(CONNECTS, PUBLISHES));

    private final List<RawConnection> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(RawConnection::close);
        node.close();
    }

    private RawConnection.Answer ask(String peer, String request) {
        try {
            RawConnection connection = RawConnection.open(node.port(), InetAddress.getByName(peer));
            open.add(connection);
            return connection.send(request).answer();
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e);
        }
    }

    private RawConnection.Answer stream(String headers) {
        return ask("127.0.0.1", "GET /stream/public.a HTTP/1.1\r\nHost: x\r\n" + headers + "\r\n");
    }

    private double refused(String meter, String... tags) {
        return node.meters().get(meter).tags(tags).counter().count();
    }

    @Test
    void streamsBeyondTheRate_areRefused_andAdmittedAgainASecondLater() {
        for (int i = 0; i < CONNECTS; i++) {
            assertThat(stream("").status()).isEqualTo(200);
        }
        RawConnection.Answer refused = stream("");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.all("Retry-After")).containsExactly("1");
        assertThat(refused.problem().getString("detail")).startsWith("limits.connectRate: ");
        assertThat(refused("sse.subscribers.refused", "limit", "connectRate")).isEqualTo(1);
        assertThat(node.openStreams()).isEqualTo(CONNECTS);

        node.clock().pass(Duration.ofMillis(1_000 / CONNECTS + 1));
        assertThat(stream("").status()).isEqualTo(200);
        assertThat(stream("").status()).isEqualTo(429);

        node.clock().pass(Duration.ofSeconds(10));
        for (int i = 0; i < CONNECTS; i++) {
            assertThat(stream("").status()).isEqualTo(200);
        }
        assertThat(stream("").status()).isEqualTo(429);
    }

    // Any other status would stop its EventSource for good.
    @Test
    void aReturningStreamBeyondTheRate_isSentAwayForAWhile() {
        for (int i = 0; i < CONNECTS; i++) {
            assertThat(stream("").status()).isEqualTo(200);
        }
        RawConnection.Answer away = stream("Last-Event-ID: x\r\n");

        assertThat(away.status()).isEqualTo(200);
        assertThat(away.body()).matches("retry: \\d{5}\n\n");
        assertThat(node.openStreams()).isEqualTo(CONNECTS);
    }

    // Somebody without a token must not use up the rate.
    @Test
    void aRefusedRequest_doesNotCount() {
        for (int i = 0; i < 2 * CONNECTS; i++) {
            assertThat(ask("127.0.0.1", "GET /stream/team.a HTTP/1.1\r\nHost: x\r\n\r\n")
                            .status())
                    .isEqualTo(401);
            assertThat(RawConnection.ask(node.port(), "HEAD /stream/public.a HTTP/1.1", "Host: x")
                            .status())
                    .isEqualTo(200);
        }
        assertThat(stream("").status()).isEqualTo(200);
    }

    private RawConnection.Answer publish(String peer, String target, String headers, String json) {
        return ask(
                peer,
                "POST /publish%s HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n%s\r\n%s"
                        .formatted(target, json.length(), headers, json));
    }

    private static String token(String subject) {
        return "Authorization: Bearer " + Tokens.of(subject) + "\r\n";
    }

    @Test
    void aCaller_publishesNoMoreThanAllowed_andAnotherOneAsMuchAgain() {
        String event = "{\"data\": 1}";
        for (int i = 0; i < PUBLISHES; i++) {
            assertThat(publish("127.0.0.1", "/team.a", token("alice"), event).status())
                    .isEqualTo(201);
        }
        RawConnection.Answer refused = publish("127.0.0.2", "/team.a", token("alice"), event);
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.all("Retry-After")).containsExactly("1");
        assertThat(refused.problem().getString("detail")).startsWith("limits.publishRate: ");
        assertThat(refused("sse.publishes.refused")).isEqualTo(1);

        assertThat(publish("127.0.0.1", "/team.a", token("bob"), event).status())
                .isEqualTo(201);
        // Anonymous callers count by their addresses.
        for (int i = 0; i < PUBLISHES; i++) {
            assertThat(publish("127.0.0.1", "/public.a", "", event).status()).isEqualTo(201);
        }
        assertThat(publish("127.0.0.1", "/public.b", "", event).status()).isEqualTo(429);
        assertThat(publish("127.0.0.2", "/public.b", "", event).status()).isEqualTo(201);

        node.clock().pass(Duration.ofSeconds(1));
        assertThat(publish("127.0.0.1", "/team.a", token("alice"), event).status())
                .isEqualTo(201);
    }

    @Test
    void eachEventOnEachChannel_counts() {
        // The last request of a second may exceed the limit.
        String seven =
                "[{\"data\": 1}, {\"data\": 2}, {\"data\": 3}, {\"data\": 4}, {\"data\": 5}, {\"data\": 6}, {\"data\": 7}]";
        assertThat(publish("127.0.0.1", "?channel=public.a&channel=public.b", "", seven)
                        .status())
                .isEqualTo(200);

        RawConnection.Answer refused = publish("127.0.0.1", "/public.a", "", "{\"data\": 1}");
        assertThat(refused.status()).isEqualTo(429);
        assertThat(refused.all("Retry-After")).containsExactly("2");
        node.clock().pass(Duration.ofMillis(1_900));
        assertThat(publish("127.0.0.1", "/public.a", "", "{\"data\": 1}").status())
                .isEqualTo(429);
        node.clock().pass(Duration.ofMillis(200));
        assertThat(publish("127.0.0.1", "/public.a", "", "{\"data\": 1}").status())
                .isEqualTo(201);
    }
}
