package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Tokens;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The requests about one open stream. */
@Timeout(60)
class SubscriberRouteTest {
    private static final String UNKNOWN = "0123456789abcdef0123456789abcdef01234567";

    private final ServedNode node = ServedNode.of("""
            stream: {heartbeat: 1s, warnBeforeExpiry: 60s}
            channels:
              - {channel: "public.{name}", subscribe: public}
              - {channel: "team.{name}"}
              - {channel: "users.{name}"}
              - {channel: "live.{name}", history: none}
              - {channel: "rooms.{name}", presence: members, subscribe: authenticated, publish: public}
            """);

    @AfterEach
    void close() {
        node.close();
    }

    private String token(String subject, Duration timeToLive, String... subscribe) {
        return token(subject, timeToLive, new JsonObject().put("subscribe", new JsonArray(List.of(subscribe))));
    }

    private String admin(String subject, String... patterns) {
        return token(subject, Duration.ofHours(1), new JsonObject().put("admin", new JsonArray(List.of(patterns))));
    }

    private String token(String subject, Duration timeToLive, JsonObject channels) {
        return Tokens.sign(new JsonObject()
                .put("sub", subject)
                .put("exp", node.clock().instant().plus(timeToLive).getEpochSecond())
                .put("channels", channels));
    }

    private String alice() {
        return bearer(token("alice", Duration.ofHours(1), "team.*", "users.alice", "live.*"));
    }

    private RawConnection open(String path, String... headers) {
        RawConnection connection = RawConnection.open(node.port());
        connection.send("GET " + path + " HTTP/1.1\r\nHost: x\r\n" + lines(headers) + "\r\n");
        assertThat(connection.answer().status()).isEqualTo(200);
        return connection;
    }

    private static String lines(String... headers) {
        return String.join(
                "", List.of(headers).stream().map(line -> line + "\r\n").toList());
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    /** Reads on until a line begins like this. */
    @CanIgnoreReturnValue
    private static String lineOf(RawConnection connection, String start) {
        String line = connection.line();
        while (!line.startsWith(start)) {
            line = connection.line();
        }
        return line;
    }

    private static JsonObject data(RawConnection connection, String event) {
        lineOf(connection, "event: " + event);
        return new JsonObject(lineOf(connection, "data: ").substring("data: ".length()));
    }

    @CanIgnoreReturnValue
    private static String idOf(RawConnection connection) {
        return data(connection, "stream-open").getString("subscriber");
    }

    private RawConnection.Answer ask(String line, String... headers) {
        try (RawConnection connection = RawConnection.open(node.port())) {
            return connection
                    .send(line + " HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n" + lines(headers) + "\r\n")
                    .answer();
        }
    }

    private RawConnection.Answer extend(String id, String... headers) {
        return ask("POST /subscribers/" + id + "/token", headers);
    }

    private static void assertProblem(RawConnection.Answer answer, int status, String slug) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:" + slug);
    }

    @Test
    void aStreamThatGetsANewToken_outlivesTheOldOne_andIsWarnedAgain() {
        try (RawConnection stream = open("/stream/team.a", bearer(token("alice", Duration.ofSeconds(100), "team.*")))) {
            String id = idOf(stream);
            node.clock().pass(Duration.ofSeconds(50));
            JsonObject first = data(stream, "stream-warning");
            String fresh = token("alice", Duration.ofMinutes(5), "team.*");

            RawConnection.Answer answer = extend(id, bearer(fresh));
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.all("Cache-Control")).containsExactly("no-store");
            assertThat(answer.all("Set-Cookie")).isEmpty();
            String expires = node.clock().instant().plusSeconds(300).toString();
            assertThat(answer.problem())
                    .isEqualTo(new JsonObject().put("subscriber", id).put("expires", expires));

            node.clock().pass(Duration.ofSeconds(200));
            lineOf(stream, ":");
            node.clock().pass(Duration.ofSeconds(50));
            JsonObject second = data(stream, "stream-warning");
            assertThat(second.getString("at")).isEqualTo(expires).isGreaterThan(first.getString("at"));
            node.clock().pass(Duration.ofSeconds(50));
            assertThat(data(stream, "stream-error").getString("reason")).isEqualTo("token-expired");
        }
    }

    private String tokenOf(String role) {
        return bearer(Tokens.sign(new JsonObject()
                .put("sub", "alice")
                .put("exp", node.clock().instant().plusSeconds(300).getEpochSecond())
                .put("channels", new JsonObject())
                .put("properties", new JsonObject().put("role", role))));
    }

    private void publishTo(String role) {
        try (RawConnection connection = RawConnection.open(node.port())) {
            String body = "{\"data\": \"for %s\", \"to\": {\"role\": \"%s\"}}".formatted(role, role);
            assertThat(connection
                            .send("POST /publish/rooms.a HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                                    + "Content-Length: " + body.length() + "\r\n\r\n" + body)
                            .answer()
                            .status())
                    .isEqualTo(201);
        }
    }

    private String members() {
        return ask("GET /presence/rooms.a", tokenOf("user"))
                .problem()
                .getValue("members")
                .toString();
    }

    @Test
    void theNextEvents_areSelectedByThePropertiesOfTheNewToken_andMembersSeeThem() {
        try (RawConnection stream = open("/stream/rooms.a", tokenOf("user"))) {
            String id = idOf(stream);
            publishTo("user");
            assertThat(lineOf(stream, "data: ")).isEqualTo("data: for user");
            assertThat(members()).contains("\"user\"");

            assertThat(extend(id, tokenOf("admin")).status()).isEqualTo(200);
            publishTo("user");
            publishTo("admin");
            assertThat(lineOf(stream, "data: ")).isEqualTo("data: for admin");
            assertThat(members())
                    .contains("\"subscribers\":1")
                    .contains("\"admin\"")
                    .doesNotContain("user\"");

            assertProblem(extend(id, tokenOf("x".repeat(5_000))), 401, "bad-token");
            publishTo("admin");
            assertThat(lineOf(stream, "data: ")).isEqualTo("data: for admin");
        }
        Eventually.holds("no members", Duration.ofSeconds(10), () -> members().equals("[]"));
    }

    // A stream of another subject and no stream at all look alike, so that an id says nothing to a stranger.
    @Test
    void aStreamOfAnotherSubject_looksLikeNone_andStaysAsItIs() {
        try (RawConnection stream = open("/stream/team.a", bearer(token("alice", Duration.ofSeconds(100), "team.*")))) {
            String id = idOf(stream);
            String bob = bearer(token("bob", Duration.ofHours(1), "team.*"));

            RawConnection.Answer foreign = extend(id, bob);
            RawConnection.Answer unknown = extend(UNKNOWN, bob);
            assertProblem(foreign, 404, "no-subscriber");
            assertThat(foreign.body()).isEqualTo(unknown.body());
            assertThat(foreign.status()).isEqualTo(unknown.status());
            assertThat(extend("x", bob).body()).isEqualTo(unknown.body());

            node.clock().pass(Duration.ofSeconds(101));
            assertThat(data(stream, "stream-error").getString("reason")).isEqualTo("token-expired");
        }
    }

    @Test
    void withoutAFreshBearerToken_noStreamIsExtended() {
        String token = token("alice", Duration.ofSeconds(100), "team.*");
        try (RawConnection stream = open("/stream/team.a", bearer(token))) {
            String id = idOf(stream);

            assertProblem(extend(id), 401, "token-needed");
            assertProblem(extend(id, "Cookie: sse_token=" + token), 401, "token-needed");
            assertProblem(extend(id, bearer(token + "x")), 401, "bad-token");
            // Within the leeway for clocks.
            node.clock().pass(Duration.ofSeconds(100));
            assertProblem(extend(id, bearer(token)), 401, "bad-token");
            assertProblem(extend(id, "Origin: https://evil.example", bearer(token)), 403, "foreign-origin");
        }
    }

    @Test
    void anAnonymousStream_hasNoTokenToReplace() {
        try (RawConnection stream = open("/stream/public.a")) {
            assertProblem(
                    extend(idOf(stream), bearer(token("alice", Duration.ofHours(1), "**"))), 409, "anonymous-stream");
        }
    }

    @Test
    void aNewTokenThatCoversLess_endsTheStream() {
        try (RawConnection stream = open(
                "/stream?channel=team.a&channel=team.b", bearer(token("alice", Duration.ofSeconds(100), "team.*")))) {
            RawConnection.Answer answer = extend(idOf(stream), bearer(token("alice", Duration.ofHours(1), "team.a")));

            assertProblem(answer, 403, "forbidden");
            assertThat(answer.problem().getString("channel")).isEqualTo("team.b");
            assertThat(data(stream, "stream-error"))
                    .isEqualTo(new JsonObject().put("reason", "access-lost").put("reconnect", false));
            assertThat(lineOf(stream, "0")).isEqualTo("0");
        }
    }

    @Test
    void aStreamThatCameByCookie_getsItsCookieRenewed_orNothingHappens() {
        String old = token("alice", Duration.ofSeconds(100), "team.*");
        try (RawConnection stream = open("/stream/team.a", "Cookie: sse_token=" + old)) {
            String id = idOf(stream);
            String fresh = token("alice", Duration.ofMinutes(5), "team.*");

            assertProblem(extend(id, bearer(fresh), "Sec-Fetch-Site: cross-site"), 400, "bad-request");
            RawConnection.Answer answer = extend(id, bearer(fresh), "Cookie: sse_token=" + old);
            assertThat(answer.status()).isEqualTo(200);
            assertThat(answer.all("Set-Cookie")).hasSize(1);
            assertThat(answer.all("Set-Cookie").get(0)).startsWith("sse_token=" + fresh + "; Max-Age=300; Path=/");
        }
    }

    @Test
    void aStreamThatHasEnded_isNotFound() {
        String token = token("alice", Duration.ofHours(1), "team.*");
        RawConnection stream = open("/stream/team.a", bearer(token));
        String id = idOf(stream);
        assertThat(extend(id, bearer(token)).status()).isEqualTo(200);
        stream.close();

        Eventually.holds(
                "no stream",
                Duration.ofSeconds(10),
                () -> extend(id, bearer(token)).status() == 404);
    }

    private static void assertDisconnected(RawConnection stream) {
        assertThat(data(stream, "stream-error"))
                .isEqualTo(new JsonObject().put("reason", "disconnected").put("reconnect", false));
        assertThat(lineOf(stream, "0")).isEqualTo("0");
    }

    private int statusOf(String path, String header) {
        return RawConnection.ask(node.port(), "HEAD " + path + " HTTP/1.1", "Host: x", header)
                .status();
    }

    private static void assertEnded(RawConnection.Answer answer, int streams) {
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.problem()).isEqualTo(new JsonObject().put("disconnected", streams));
    }

    @Test
    void itsOwnSubject_disconnectsAStream_andCannotOpenItsChannelsForAWhile() {
        try (RawConnection stream = open("/stream/team.a", alice());
                RawConnection other = open("/stream/team.b", alice())) {
            String id = idOf(stream);

            assertEnded(ask("DELETE /subscribers/" + id, alice()), 1);
            assertDisconnected(stream);
            RawConnection.Answer again = ask("GET /stream?channel=team.b&channel=team.a", alice());
            assertProblem(again, 403, "disconnected");
            assertThat(again.problem().getString("channel")).isEqualTo("team.a");
            assertThat(again.all("Retry-After")).containsExactly("60");
            assertThat(statusOf("/stream/team.b", alice())).isEqualTo(200);
            assertThat(statusOf("/stream/team.a", bearer(token("bob", Duration.ofHours(1), "team.*"))))
                    .isEqualTo(200);
            assertProblem(ask("DELETE /subscribers/" + id, alice()), 404, "no-subscriber");

            node.clock().pass(Duration.ofSeconds(59));
            assertThat(statusOf("/stream/team.a", alice())).isEqualTo(403);
            node.clock().pass(Duration.ofSeconds(1));
            assertThat(statusOf("/stream/team.a", alice())).isEqualTo(200);
            idOf(other);
            lineOf(other, ":");
        }
    }

    @Test
    void onlyAnAdministratorOfAllItsChannels_disconnectsAForeignStream() {
        try (RawConnection stream = open("/stream?channel=team.a&channel=users.alice", alice())) {
            String id = idOf(stream);
            String path = "DELETE /subscribers/" + id;

            assertProblem(ask(path), 401, "token-needed");
            for (String without : List.of(
                    token("bob", Duration.ofHours(1), "**"), admin("bob", "team.*"), admin("bob", "users.{sub}"))) {
                RawConnection.Answer refused = ask(path, bearer(without));
                assertProblem(refused, 404, "no-subscriber");
                assertThat(refused.body())
                        .isEqualTo(ask("DELETE /subscribers/" + UNKNOWN, bearer(without))
                                .body());
            }
            assertThat(statusOf("/stream/team.a", alice())).isEqualTo(200);

            assertEnded(ask(path, bearer(admin("bob", "team.*", "users.*"))), 1);
            assertDisconnected(stream);
            assertThat(statusOf("/stream/users.alice", alice())).isEqualTo(403);
        }
    }

    @Test
    void anAnonymousStream_isDisconnectedByAnAdministrator_andNobodyIsBlocked() {
        try (RawConnection stream = open("/stream/public.a")) {
            String path = "DELETE /subscribers/" + idOf(stream);

            assertProblem(ask(path, alice()), 404, "no-subscriber");
            assertEnded(ask(path, bearer(admin("bob", "public.*"))), 1);
            assertDisconnected(stream);
            assertThat(statusOf("/stream/public.a", "Accept: */*")).isEqualTo(200);
        }
    }

    @Test
    void aSubjectOnAChannel_losesItsStreamsWithThisChannel() {
        try (RawConnection one = open("/stream/team.a", alice());
                RawConnection two = open("/stream?channel=team.a&channel=team.b", alice());
                RawConnection rest = open("/stream/team.b", alice());
                RawConnection bob = open("/stream/team.a", bearer(token("bob", Duration.ofHours(1), "team.*")))) {
            List.of(one, two, rest, bob).forEach(SubscriberRouteTest::idOf);
            String path = "DELETE /subscribers?sub=alice&channel=team.a";

            RawConnection.Answer refused = ask(path, bearer(admin("bob", "team.b")));
            assertProblem(refused, 403, "forbidden");
            assertThat(refused.problem().getString("channel")).isEqualTo("team.a");
            assertProblem(ask(path, alice()), 403, "forbidden");
            assertProblem(ask(path), 401, "token-needed");

            assertEnded(ask(path, bearer(admin("bob", "team.*"))), 2);
            assertDisconnected(one);
            assertDisconnected(two);
            assertThat(statusOf("/stream/team.a", alice())).isEqualTo(403);
            node.clock().pass(Duration.ofSeconds(2));
            lineOf(rest, ":");
            lineOf(bob, ":");
            assertThat(node.openStreams()).isEqualTo(2);
        }
    }

    @Test
    void aSubject_losesAllStreamsThatTheAdministratorsPatternsCover() {
        try (RawConnection covered = open("/stream/team.a", alice());
                RawConnection rest = open("/stream/users.alice", alice())) {
            idOf(covered);
            idOf(rest);

            assertProblem(ask("DELETE /subscribers?sub=alice", alice()), 403, "forbidden");
            assertEnded(ask("DELETE /subscribers?sub=alice", bearer(admin("bob", "team.*", "users.{sub}"))), 1);
            assertDisconnected(covered);
            // Not only the channel that was open.
            assertThat(statusOf("/stream/team.z", alice())).isEqualTo(403);
            assertThat(statusOf("/stream/users.alice", alice())).isEqualTo(200);
            assertThat(node.openStreams()).isEqualTo(1);
        }
    }

    @Test
    void aMalformedRequestToDisconnect_isRefused() {
        String admin = bearer(admin("bob", "**"));

        assertProblem(ask("DELETE /subscribers", admin), 400, "bad-request");
        assertProblem(ask("DELETE /subscribers?sub=", admin), 400, "bad-request");
        assertProblem(ask("DELETE /subscribers?sub=alice&channel=a..b", admin), 400, "bad-request");
        assertProblem(ask("DELETE /subscribers?sub=alice&chanel=a", admin), 400, "bad-request");
        assertProblem(
                ask("DELETE /subscribers?sub=alice", "Origin: https://evil.example", admin), 403, "foreign-origin");
        assertEnded(ask("DELETE /subscribers?sub=nobody", admin), 0);
    }

    private JsonObject request(JsonObject body) {
        return node.vertx()
                .eventBus()
                .<JsonObject>request("sse.disconnect", body)
                .await()
                .body();
    }

    private int refused(Object body) {
        return assertThrows(
                        ReplyException.class,
                        () -> node.vertx()
                                .eventBus()
                                .request("sse.disconnect", body)
                                .await())
                .failureCode();
    }

    @Test
    void aServiceOfTheCluster_disconnectsAnyStream() {
        try (RawConnection one = open("/stream/team.a", alice());
                RawConnection two = open("/stream/team.b", alice());
                RawConnection three = open("/stream/users.alice", alice())) {
            String id = idOf(one);
            idOf(two);
            idOf(three);

            assertThat(request(new JsonObject().put("subscriber", id)).getInteger("disconnected"))
                    .isEqualTo(1);
            assertDisconnected(one);
            assertThat(request(new JsonObject().put("sub", "alice").put("channel", "team.b")))
                    .isEqualTo(new JsonObject().put("disconnected", 1));
            assertDisconnected(two);
            assertThat(statusOf("/stream/users.alice", alice())).isEqualTo(200);
            assertThat(request(new JsonObject().put("sub", "alice")))
                    .isEqualTo(new JsonObject().put("disconnected", 1));
            assertDisconnected(three);
            assertThat(statusOf("/stream/users.alice", alice())).isEqualTo(403);

            assertThat(refused(new JsonObject().put("subscriber", id))).isEqualTo(404);
            for (Object malformed : List.of(
                    "alice",
                    new JsonObject(),
                    new JsonObject().put("sub", 1),
                    new JsonObject().put("sub", "alice").put("chanel", "a"),
                    new JsonObject().put("sub", "alice").put("channel", "*"),
                    new JsonObject().put("sub", "alice").put("subscriber", id))) {
                assertThat(refused(malformed)).as("%s", malformed).isEqualTo(400);
            }
        }
    }

    @Test
    void aStream_isExplainedToItsSubject_andToAnAdministratorOfAllItsChannels() {
        try (RawConnection stream = open("/stream?channel=team.a&channel=live.a", alice())) {
            String id = idOf(stream);
            String opened = node.clock().instant().toString();
            String expires = node.clock().instant().plusSeconds(3_600).toString();
            node.publish("team.a", "x");
            lineOf(stream, "data: x");
            String eventId = lineOf(stream, "id: ").substring("id: ".length());
            String path = "GET /subscribers/" + id;

            JsonObject explained = ask(path, alice()).problem();
            JsonArray channels = (JsonArray) explained.remove("channels");
            assertThat(explained)
                    .isEqualTo(new JsonObject()
                            .put("subscriber", id)
                            .put("sub", "alice")
                            .put("node", "standalone")
                            .put("opened", opened)
                            .put("expires", expires)
                            .put("writable", true)
                            .put("lastWrite", opened));
            assertThat(channels.getJsonObject(0).getString("channel")).isEqualTo("team.a");
            assertThat(channels.getJsonObject(0).getLong("lag")).isZero();
            assertThat(channels.getJsonObject(0).getString("cursor"))
                    .as("the place after %s", eventId)
                    .isNotEmpty();
            assertThat(channels.getJsonObject(1))
                    .isEqualTo(new JsonObject()
                            .put("channel", "live.a")
                            .put("cursor", null)
                            .put("lag", 0)
                            .put("filtered", 0)
                            .put(
                                    "withheld",
                                    new JsonObject()
                                            .put("selectors", 0)
                                            .put("personalize", 0)
                                            .put("unanswered", 0)));

            assertThat(ask(path, bearer(admin("bob", "team.*", "live.*"))).status())
                    .isEqualTo(200);
            for (String without : List.of(admin("bob", "team.*"), token("bob", Duration.ofHours(1), "**"))) {
                assertProblem(ask(path, bearer(without)), 404, "no-subscriber");
            }
            assertProblem(ask(path), 401, "token-needed");
            assertProblem(ask("GET /subscribers/" + UNKNOWN, alice()), 404, "no-subscriber");
            assertThat(statusOf("/subscribers/" + id, alice())).isEqualTo(200);
        }
    }

    @Test
    void aStreamThatTakesNothing_isExplainedWithItsLag() {
        try (RawConnection stream = open("/stream/team.a", alice())) {
            String path = "GET /subscribers/" + idOf(stream);
            String large = "x".repeat(60_000);
            for (int i = 0; i < 200; i++) {
                node.publish("team.a", large);
            }
            String written = node.clock().instant().toString();
            node.clock().pass(Duration.ofSeconds(3));

            JsonObject explained = ask(path, alice()).problem();
            assertThat(explained.getBoolean("writable")).isFalse();
            assertThat(explained.getString("lastWrite")).isEqualTo(written);
            long lag = explained.getJsonArray("channels").getJsonObject(0).getLong("lag");
            assertThat(lag).isBetween(1L, 199L);
        }
    }
}
