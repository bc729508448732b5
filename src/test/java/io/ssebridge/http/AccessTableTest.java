package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every kind of rule with every kind of token and every action. The expected statuses are written by hand. */
@Timeout(60)
class AccessTableTest {
    private static final String RULES = """
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "known.{name}", subscribe: authenticated, publish: authenticated}
              - {channel: "team.{name}", subscribe: granted, publish: granted}
              - {channel: "users.{sub}.{name}", subscribe: owner, publish: owner}
              - {channel: "staff.{name}", subscribe: {role: staff}, publish: {role: staff}}
              - {channel: "closed.{name}", subscribe: none, publish: none}
            """;
    private static final String SECOND = "another secret of the nodes, 32 bytes";
    private static final long LATER = 4_000_000_000L;
    private static final Map<String, String> TOKENS = tokens();

    private static ServedNode node;

    @BeforeAll
    static void open() {
        node = ServedNode.of(RULES);
    }

    @AfterAll
    static void close() {
        node.close();
    }

    private static JsonObject claims(String subject) {
        return new JsonObject().put("sub", subject).put("exp", LATER);
    }

    private static String granted(String subject, String right, String pattern) {
        return Tokens.sign(claims(subject).put("channels", new JsonObject().put(right, JsonArray.of(pattern))));
    }

    private static String staff(Object role) {
        return Tokens.sign(claims("sam").put("properties", new JsonObject().put("role", role)));
    }

    private static Map<String, String> tokens() {
        return Map.ofEntries(
                Map.entry("plain", Tokens.sign(claims("bob"))),
                Map.entry("reader", granted("bob", "subscribe", "team.*")),
                Map.entry("writer", granted("bob", "publish", "team.a")),
                Map.entry("admin", granted("bob", "admin", "**")),
                Map.entry("everything", granted("bob", "subscribe", "**")),
                Map.entry("owner", Tokens.sign(claims("alice"))),
                Map.entry("almost", Tokens.sign(claims("Alice"))),
                Map.entry("dotted", Tokens.sign(claims("alice.a"))),
                Map.entry("star", Tokens.sign(claims("*"))),
                Map.entry("staff", staff("staff")),
                Map.entry("stuff", staff("stuff")),
                Map.entry("roles", staff(JsonArray.of("staff"))),
                Map.entry("expired", Tokens.sign(claims("alice").put("exp", 1_000_000_000))),
                Map.entry("early", Tokens.sign(claims("alice").put("nbf", LATER - 1))),
                Map.entry("forged", Tokens.sign(claims("alice"), SECOND)),
                Map.entry("malformed", "a.b.c"));
    }

    private static int status(String line, String token) {
        List<String> request = new ArrayList<>(
                List.of(line + " HTTP/1.1", "Host: bridge.example", "Content-Type: text/plain", "Content-Length: 0"));
        if (!token.equals("none")) {
            request.add("Authorization: Bearer " + TOKENS.get(token));
        }
        return RawConnection.ask(node.port(), request.toArray(String[]::new)).status();
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(textBlock = """
            # token,   public, known, team/read, team/write, users.alice, staff, closed, no rule, session
            none,         200,   401,       401,        401,         401,   401,    403,     404,     401
            plain,        200,   200,       403,        403,         403,   403,    403,     404,     204
            reader,       200,   200,       200,        403,         403,   403,    403,     404,     204
            writer,       200,   200,       403,        200,         403,   403,    403,     404,     204
            admin,        200,   200,       403,        403,         403,   403,    403,     404,     204
            everything,   200,   200,       200,        403,         403,   403,    403,     404,     204
            owner,        200,   200,       403,        403,         200,   403,    403,     404,     204
            almost,       200,   200,       403,        403,         403,   403,    403,     404,     204
            dotted,       200,   200,       403,        403,         403,   403,    403,     404,     204
            star,         200,   200,       403,        403,         403,   403,    403,     404,     204
            staff,        200,   200,       403,        403,         403,   200,    403,     404,     204
            stuff,        200,   200,       403,        403,         403,   403,    403,     404,     204
            roles,        200,   200,       403,        403,         403,   403,    403,     404,     204
            expired,      401,   401,       401,        401,         401,   401,    401,     401,     401
            early,        401,   401,       401,        401,         401,   401,    401,     401,     401
            forged,       401,   401,       401,        401,         401,   401,    401,     401,     401
            malformed,    401,   401,       401,        401,         401,   401,    401,     401,     401
            """)
    void aToken_getsTheStatusThatIsWrittenHere_forEachRuleAndAction(
            String token,
            int open,
            int known,
            int teamRead,
            int teamWrite,
            int owner,
            int staff,
            int closed,
            int nowhere,
            int session) {
        assertActions(token, "public.a", open, open);
        assertActions(token, "known.a", known, known);
        assertActions(token, "team.a", teamRead, teamWrite);
        assertActions(token, "users.alice.a", owner, owner);
        assertActions(token, "staff.a", staff, staff);
        assertActions(token, "closed.a", closed, closed);
        assertActions(token, "nowhere.a", nowhere, nowhere);
        assertThat(status("POST /session", token))
                .as("%s: POST /session", token)
                .isEqualTo(session);
    }

    private static void assertActions(String token, String channel, int read, int write) {
        for (String line : List.of("GET /stream/%s", "HEAD /stream/%s", "GET /history/%s")) {
            String request = line.formatted(channel);
            assertThat(status(request, token)).as("%s: %s", token, request).isEqualTo(read);
        }
        String publish = "POST /publish/" + channel;
        assertThat(status(publish, token)).as("%s: %s", token, publish).isEqualTo(write == 200 ? 201 : write);
    }
}
