package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.Tokens;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.slf4j.Logger;

/** What the log says about refused requests, and that it never contains a token. */
@Timeout(60)
class RequestLogTest {
    private static final String TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    private final ServedNode node = ServedNode.of("""
            channels:
              - {channel: "public.{name}", subscribe: public, publish: authenticated}
              - {channel: "team.{name}", subscribe: authenticated, publish: authenticated}
            """, "path: /", "subject: sub, accessTokenParameter: true");

    private final List<RawConnection> open = new ArrayList<>();

    @AfterEach
    void close() {
        open.forEach(RawConnection::close);
        node.close();
    }

    @CanIgnoreReturnValue
    private RawConnection.Answer ask(String request) {
        RawConnection connection = RawConnection.open(node.port());
        open.add(connection);
        return connection.send(request).answer();
    }

    @CanIgnoreReturnValue
    private RawConnection.Answer get(String target, String... headers) {
        return ask("GET " + target + " HTTP/1.1\r\nHost: x\r\n" + lines(headers) + "\r\n");
    }

    @CanIgnoreReturnValue
    private RawConnection.Answer post(String target, String... headers) {
        return ask("POST " + target + " HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n"
                + lines(headers) + "\r\nx");
    }

    private static String lines(String... headers) {
        return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
    }

    @Test
    void atDebug_noLineHasAToken() {
        String good = Tokens.of("alice");
        String bad = good.substring(0, good.length() - 8) + "AAAAAAAA";
        // The bridge has a level of its own. Its lines reach the other log too.
        try (CapturedLog ours = new CapturedLog("io.ssebridge", Level.DEBUG);
                CapturedLog log = new CapturedLog(Logger.ROOT_LOGGER_NAME, Level.DEBUG)) {
            for (String token : List.of(good, bad)) {
                for (String target : List.of("/stream/team.a", "/history/team.a?limit=0")) {
                    get(target, "Authorization: Bearer " + token);
                    get(target, "Cookie: sse_token=" + token);
                    get(target + (target.contains("?") ? "&" : "?") + "access_token=" + token);
                    get(target + (target.contains("?") ? "&" : "?") + "acess_token=" + token);
                }
                post("/publish/team.a", "Authorization: Bearer " + token);
                post("/publish/team.a", "Cookie: sse_token=" + token);
                post("/publish/team.a?access_token=" + token);
                post("/publish/team.a", "X-Request-Id: " + token, "traceparent: " + token);
                post("/session", "Authorization: Bearer " + token);
                ask("GET /stream/team.a HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token
                        + "\r\nbad header\r\n\r\n");
            }

            assertThat(ours.lines())
                    .anyMatch(line -> line.contains("Refused POST /publish/team.a"))
                    .anyMatch(line -> line.contains("Refused GET /history/team.a"));
            for (String part : good.split("\\.", -1)) {
                assertThat(log.lines()).noneMatch(line -> line.contains(part.substring(0, part.length() - 8)));
            }
            assertThat(log.lines()).noneMatch(line -> line.contains("AAAAAAAA"));
        }
    }

    @Test
    void aRefusal_hasTheSameIdInItsAnswerAndInTheLog() {
        try (CapturedLog log = new CapturedLog("io.ssebridge", Level.DEBUG)) {
            assertThat(get("/stream/team.a?last=1", "X-Request-Id: the-id_1").all("X-Request-Id"))
                    .containsExactly("the-id_1");
            assertThat(get("/stream/team.a", "traceparent: " + TRACE).all("X-Request-Id"))
                    .containsExactly("0af7651916cd43dd8448eb211c80319c");
            String made = get("/stream/team.a", "X-Request-Id: not valid", "traceparent: 00")
                    .all("X-Request-Id")
                    .get(0);
            assertThat(made).matches("[0-9a-f]{16}");
            assertThat(get("/stream/public.a", "X-Request-Id: the-id_2").all("X-Request-Id"))
                    .isEmpty();

            assertThat(log.lines())
                    .filteredOn(line -> line.contains("Refused"))
                    .containsExactly(refused("the-id_1"), refused("0af7651916cd43dd8448eb211c80319c"), refused(made));
        }
    }

    private static String refused(String id) {
        return "DEBUG Refused GET /stream/team.a [requestId=\"%s\", status=\"401\", type=\"token-needed\"]"
                .formatted(id);
    }
}
