package io.ssebridge.request;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.RawConnection;
import io.ssebridge.http.ServedNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class QueryParametersTest {
    private final ServedNode node = ServedNode.of("""
            channels: [{channel: "public.{name}", subscribe: public, publish: public}]
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private RawConnection.Answer ask(String method, String target, String... headers) {
        String[] lines = new String[headers.length + 2];
        lines[0] = method + " " + target + " HTTP/1.1";
        lines[1] = "Host: x";
        System.arraycopy(headers, 0, lines, 2, headers.length);
        return RawConnection.ask(node.port(), lines);
    }

    // Ignored in silence, each of the first three would lose events or open a stream of another channel.
    @ParameterizedTest
    @CsvSource({
        "GET, /stream/public.a?lastEvent=1, did you mean lastEventId?",
        "GET, /stream?channels=public.a, did you mean channel?",
        "GET, /stream?channel[]=public.a, did you mean channel?",
        "GET, /stream/public.a?snce=0, did you mean since?",
        "GET, /stream/public.a?format=x, 'expected: channel, lastEventId, last, since, envelope, event, heartbeats'",
        "GET, /history/public.a?lastEventId=1, 'expected: channel, after, last, since, limit'",
        "GET, /history/public.a?Limit=1, did you mean limit?",
        "POST, /publish/public.a?topic=b, expected: channel",
    })
    void anUnknownParameter_isRefusedByName(String method, String target, String hint) {
        RawConnection.Answer answer = ask(method, target, "Content-Length: 0");

        assertThat(answer.status()).isEqualTo(400);
        String name = target.substring(target.indexOf('?') + 1, target.indexOf('='));
        assertThat(answer.problem().getString("detail"))
                .startsWith("query: unknown parameter \"" + name + "\" (" + hint);
    }

    @ParameterizedTest
    @ValueSource(strings = {"_=1", "r=1", "t=1", "ts=1", "v=1", "utm_source=x", "_foo=1&utm_=2", "access_token=x"})
    void parametersThatClientsAddForThemselves_areIgnored(String query) {
        assertThat(ask("GET", "/history/public.a?" + query).status()).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"lastEventId", "lastEventID", "last_event_id", "Last-Event-ID", "LASTEVENTID", "lasteventid"})
    void everySpellingOfLastEventId_isUnderstood(String name) {
        assertThat(reset("/stream/public.a?" + name + "=unknown")).isTrue();
    }

    @Test
    void anEmptyHeader_isIgnored_soTheQueryCounts() {
        assertThat(reset("/stream/public.a?lastEventId=unknown", "Last-Event-ID: "))
                .isTrue();
        assertThat(reset("/stream/public.a?lastEventId=", "Last-Event-ID: ")).isFalse();
    }

    /** Whether a stream begins with a reset, as it does for an id that is unknown. */
    private boolean reset(String target, String... headers) {
        node.publish("public.a", "x");
        try (RawConnection connection = RawConnection.open(node.port())) {
            connection.send("GET " + target + " HTTP/1.1\r\nHost: x\r\n"
                    + (headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n") + "\r\n");
            assertThat(connection.answer().status()).isEqualTo(200);
            while (!connection.line().startsWith("data: {\"subscriber")) {
                // Up to the end of stream-open.
            }
            node.publish("public.a", "end");
            String line = connection.line();
            while (!line.equals("event: stream-reset") && !line.equals("data: end")) {
                line = connection.line();
            }
            return line.equals("event: stream-reset");
        }
    }
}
