package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Tokens;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The largest numbers of streams of one subject and of one client address. */
@Timeout(60)
class StreamLimitsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int PER_SUBJECT = 2;
    private static final int PER_ADDRESS = 4;

    private final ServedNode node = ServedNode.of("""
            limits: {subscribersPerSubject: %d, subscribersPerIp: %d, newChannelsPerIp: 0}
            channels:
              - {channel: "public.{name}", subscribe: public}
              - {channel: "team.{name}"}
            """.formatted(PER_SUBJECT, PER_ADDRESS));

    private final List<RawConnection> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(RawConnection::close);
        node.close();
    }

    private static String head(String subject, String more) {
        return "GET /stream/team.a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                + Tokens.mint(subject, List.of("team.*"), List.of()) + "\r\n" + more + "\r\n";
    }

    private static String anonymous() {
        return "GET /stream/public.a HTTP/1.1\r\nHost: x\r\n\r\n";
    }

    private RawConnection.Answer ask(String request) {
        RawConnection connection = RawConnection.open(node.port());
        open.add(connection);
        return connection.send(request).answer();
    }

    private void assertRefused(RawConnection.Answer answer, String limit) {
        assertThat(answer.status()).isEqualTo(429);
        assertThat(answer.problem().getString("detail")).startsWith("limits." + limit + ": ");
        assertThat(answer.all("Retry-After")).containsExactly("5");
        assertThat(node.meters()
                        .get("sse.subscribers.refused")
                        .tag("limit", limit)
                        .counter()
                        .count())
                .isPositive();
    }

    @Test
    void aSubject_hasNoMoreStreamsThanAllowed_andAnotherOneAsManyAgain() {
        assertThat(ask(head("alice", "")).status()).isEqualTo(200);
        assertThat(ask(head("alice", "")).status()).isEqualTo(200);
        assertRefused(ask(head("alice", "")), "subscribersPerSubject");
        assertThat(ask(head("bob", "")).status()).isEqualTo(200);
        assertThat(node.openStreams()).isEqualTo(3);

        open.get(0).close();
        Eventually.holds("room for a stream", PATIENCE, () -> {
            RawConnection.Answer answer = ask(head("alice", ""));
            return answer.status() == 200;
        });
        assertRefused(ask(head("alice", "")), "subscribersPerSubject");
    }

    // Any other status would stop its EventSource for good.
    @Test
    void aReturningStreamOfASubjectWithTooMany_isSentAwayForAWhile() {
        assertThat(ask(head("alice", "")).status()).isEqualTo(200);
        assertThat(ask(head("alice", "")).status()).isEqualTo(200);

        RawConnection.Answer answer = ask(head("alice", "Last-Event-ID: x\r\n"));
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).matches("retry: \\d{5}\n\n");
        assertThat(node.openStreams()).isEqualTo(2);
    }

    @Test
    void anAddress_hasNoMoreStreamsThanAllowed_whateverItsSubjects() {
        for (int i = 0; i < PER_ADDRESS; i++) {
            assertThat(ask(i % 2 == 0 ? anonymous() : head("alice", "")).status())
                    .isEqualTo(200);
        }
        assertRefused(ask(anonymous()), "subscribersPerIp");
        assertRefused(ask(head("bob", "")), "subscribersPerIp");

        open.get(1).close();
        Eventually.holds(
                "room for a stream", PATIENCE, () -> ask(head("bob", "")).status() == 200);
        assertRefused(ask(head("bob", "")), "subscribersPerIp");
    }

    @Test
    void streamsThatAreOpenedAndAborted_doNotStayCounted() {
        for (int i = 0; i < 100; i++) {
            RawConnection.open(node.port()).send(head("alice", "")).reset();
            RawConnection.open(node.port()).send(anonymous()).close();
        }

        // Some of them may not have reached the node yet.
        for (String request : List.of(head("alice", ""), head("alice", ""), anonymous(), anonymous())) {
            Eventually.holds("room for a stream", PATIENCE, () -> ask(request).status() == 200);
        }
    }
}
