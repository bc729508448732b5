package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Access: every kind of rule, every kind of caller, every way to bring a token. */
@Timeout(60)
class AccessIT {
    private static final NodeSetup SETUP = NodeSetup.of("""
            http: {host: 127.0.0.1, cors: {origins: ["https://app.example"]}}
            auth: {jwt: {secret: "%s"}}
            channels:
              - {channel: "public.{name}", subscribe: public, publish: public}
              - {channel: "known.{name}", subscribe: authenticated, publish: authenticated}
              - {channel: "team.{name}", subscribe: granted, publish: granted}
              - {channel: "users.{sub}.**", subscribe: owner, publish: owner}
              - {channel: "staff.{name}", subscribe: {role: staff}, publish: {role: staff}}
              - {channel: "closed.{name}", subscribe: none, publish: none}
            """.formatted(NodeSetup.SECRET));
    private static final JsonObject STAFF = new JsonObject().put("role", "staff");
    private static final String ALICE =
            Tokens.mint("alice", List.of("team.*"), List.of("team.*"), STAFF, Duration.ofHours(1));
    private static final String BOB = Tokens.of("bob");
    private static final String EXPIRED =
            Tokens.mint("alice", List.of("**"), List.of("**"), STAFF, Duration.ofMinutes(-1));
    private static final String FORGED = ALICE.substring(0, ALICE.lastIndexOf('.') + 1) + "AAAA";

    private static TestNode node;
    private static TestNode full;
    private static EventStreamReader only;

    @BeforeAll
    static void start() {
        node = TestNode.standalone(SETUP.env("SSE_AUTH_ACCESS_TOKEN_PARAMETER", "true"));
        full = TestNode.standalone(SETUP.env("SSE_LIMITS_SUBSCRIBERS", "1"));
        only = full.stream("/stream/public.a");
        only.await("stream-open");
    }

    @AfterAll
    static void stop() {
        only.close();
        node.close();
        full.close();
    }

    /** How a token comes. */
    private enum Carrier {
        BEARER,
        COOKIE,
        PARAMETER
    }

    private static RawConnection.Answer ask(TestNode of, String line, String... headers) {
        List<String> lines = new ArrayList<>(List.of(line + " HTTP/1.1", "Host: bridge.example:8080"));
        lines.addAll(Arrays.asList(headers));
        return RawConnection.ask(of.uri("/").getPort(), lines.toArray(String[]::new));
    }

    private static String bearer(String token) {
        return "Authorization: Bearer " + token;
    }

    private static String cookie(String token) {
        return "Cookie: other=1; sse_token=" + token;
    }

    private static RawConnection.Answer by(Carrier carrier, String token, String line, String... headers) {
        List<String> all = new ArrayList<>(Arrays.asList(headers));
        String full = line;
        switch (carrier) {
            case BEARER -> all.add(bearer(token));
            case COOKIE -> all.add(cookie(token));
            case PARAMETER -> full = line + "?access_token=" + token;
        }
        return ask(node, full, all.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({
        "public.a,      200, 200, 200",
        "known.a,       401, 200, 200",
        "team.a,        401, 403, 200",
        "users.alice.a, 401, 403, 200",
        "staff.a,       401, 403, 200",
        "closed.a,      403, 403, 403",
        "nowhere.a,     404, 404, 404",
    })
    void aRule_decidesAlikeForEveryCarrierAndMethod(String channel, int anonymous, int bob, int alice) {
        assertStatuses(channel, anonymous, null, Carrier.BEARER);
        for (Carrier carrier : Carrier.values()) {
            assertStatuses(channel, bob, BOB, carrier);
            assertStatuses(channel, alice, ALICE, carrier);
            assertStatuses(channel, 401, FORGED, carrier);
            assertStatuses(channel, 401, EXPIRED, carrier);
        }
    }

    private static void assertStatuses(String channel, int status, @Nullable String token, Carrier carrier) {
        String[] text = {"Content-Type: text/plain", "Content-Length: 0"};
        for (String method : List.of("GET", "HEAD")) {
            String line = method + " /stream/" + channel;
            RawConnection.Answer answer = token == null ? ask(node, line) : by(carrier, token, line);
            assertThat(answer.status()).as("%s by %s", line, carrier).isEqualTo(status);
        }
        String line = "POST /publish/" + channel;
        RawConnection.Answer answer = token == null ? ask(node, line, text) : by(carrier, token, line, text);
        assertThat(answer.status()).as("%s by %s", line, carrier).isEqualTo(status == 200 ? 201 : status);
    }

    @Test
    void ofSeveralTokens_theHeaderCountsThenTheParameterThenTheCookie() {
        String stream = "HEAD /stream/team.a";
        assertThat(ask(node, stream, bearer(ALICE), cookie(FORGED)).status()).isEqualTo(200);
        assertThat(ask(node, stream, bearer(FORGED), cookie(ALICE)).status()).isEqualTo(401);
        assertThat(ask(node, stream + "?access_token=" + ALICE, cookie(FORGED)).status())
                .isEqualTo(200);
        assertThat(ask(node, stream + "?access_token=" + FORGED, cookie(ALICE)).status())
                .isEqualTo(401);
        assertThat(ask(node, stream + "?access_token=" + FORGED, bearer(ALICE)).status())
                .isEqualTo(200);
        assertThat(ask(node, stream + "?access_token=" + ALICE, bearer(BOB)).status())
                .isEqualTo(403);
    }

    @Test
    void aTokenInTheQuery_isIgnoredUnlessConfigured() {
        RawConnection.Answer answer = ask(full, "HEAD /stream/team.a?access_token=" + ALICE);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(ask(full, "HEAD /stream/closed.a?access_token=" + FORGED).status())
                .isEqualTo(403);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Authorization: Bearer",
                "Authorization: Bearer x",
                "Cookie: sse_token=",
                "Cookie: sse_token=a b",
                "Cookie: sse_token=a,b",
                "Cookie: sse_token=\u00FF",
                "Cookie: a=b; sse_token=x",
            })
    void aBadToken_isNeverTakenForNone(String header) {
        RawConnection.Answer answer = ask(node, "GET /stream/public.a", header);

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:bad-token");
        assertThat(answer.all("WWW-Authenticate")).containsExactly("Bearer error=\"invalid_token\"");
    }

    // Of a site around the bridge that asks for a password.
    @ParameterizedTest
    @ValueSource(strings = {"Basic YTpi", "Digest username=x", "Bearerx y", "Negotiate"})
    void anotherScheme_isNotAToken(String authorization) {
        assertThat(ask(node, "HEAD /stream/public.a", "Authorization: " + authorization)
                        .status())
                .isEqualTo(200);
        assertThat(ask(node, "HEAD /stream/team.a", "Authorization: " + authorization, cookie(ALICE))
                        .status())
                .isEqualTo(200);
        assertThat(ask(node, "HEAD /stream/team.a", "Authorization: " + authorization)
                        .status())
                .isEqualTo(401);
    }

    @Test
    void aBadCookie_isRemoved_andNothingElseIs() {
        assertThat(ask(node, "GET /stream/public.a", "Cookie: sse_token=x").all("Set-Cookie"))
                .singleElement()
                .asString()
                .startsWith("sse_token=; Max-Age=0; Path=/");
        assertThat(ask(node, "GET /stream/public.a", "Authorization: Bearer x", cookie(ALICE))
                        .all("Set-Cookie"))
                .isEmpty();
    }

    @Test
    void twoAuthorizations_areRefused() {
        assertThat(ask(node, "GET /stream/public.a", bearer(ALICE), bearer(BOB)).status())
                .isEqualTo(401);
    }

    @ParameterizedTest
    @ValueSource(strings = {"Cookie: sse_token2=x", "Cookie: other=sse_token=x", "Cookie: ;;=;", "Cookie: "})
    void anotherCookie_isNotAToken(String header) {
        assertThat(ask(node, "HEAD /stream/public.a", header).status()).isEqualTo(200);
    }

    @Test
    void aProblem_saysWhatIsWrongAndWhere() {
        RawConnection.Answer answer = ask(node, "GET /stream/team.a");

        assertThat(answer.status()).isEqualTo(401);
        assertThat(answer.all("Content-Type")).containsExactly("application/problem+json");
        assertThat(answer.all("Cache-Control")).containsExactly("no-store");
        assertThat(answer.all("WWW-Authenticate")).containsExactly("Bearer");
        assertThat(answer.problem())
                .isEqualTo(new JsonObject()
                        .put("type", "urn:sse-bridge:token-needed")
                        .put("title", "Token needed")
                        .put("status", 401)
                        .put("detail", "a token is needed, but the request has none")
                        .put("channel", "team.a"));
    }

    /** Any client may ask for missing files, at any rate: they must not cost a search. */
    @Test
    @Timeout(10)
    void aMissingFile_isRefusedWithoutASearch() {
        for (int i = 0; i < 200; i++) {
            assertThat(ask(node, "GET /nowhere-" + i).status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/stream/public.%22%0A, 400, bad-request",
        "/stream/team.a, 401, token-needed",
        "/stream/closed.a, 403, forbidden",
        "/stream/nowhere, 404, no-rule",
        "/nowhere, 404, not-found",
        "/session, 405, method-not-allowed",
    })
    void everyProblem_hasTheSameShape(String path, int status, String slug) {
        JsonObject problem = ask(node, "GET " + path).problem();

        assertThat(problem.getString("type")).isEqualTo("urn:sse-bridge:" + slug);
        assertThat(problem.getInteger("status")).isEqualTo(status);
        assertThat(problem.getString("title")).isNotBlank();
        assertThat(problem.getString("detail")).isNotBlank();
        assertThat(List.of("type", "title", "status", "detail", "channel")).containsAll(problem.fieldNames());
        assertThat(ask(node, "HEAD " + path).status()).isEqualTo(status);
    }

    @Test
    void theChecks_areMadeInTheDocumentedOrder() {
        String json = "Accept: application/json";
        assertOrder(400, "bad-request", ask(node, "GET /stream?channel=a..b&channel=nowhere", json, bearer(FORGED)));
        assertOrder(400, "bad-request", ask(node, "GET /stream?channel=nowhere&last=x", json, bearer(FORGED)));
        assertOrder(406, "not-acceptable", ask(node, "GET /stream?channel=nowhere", json, bearer(FORGED)));
        assertOrder(401, "bad-token", ask(node, "GET /stream?channel=nowhere", bearer(FORGED)));
        assertOrder(404, "no-rule", ask(node, "GET /stream?channel=closed.a&channel=team.a&channel=nowhere"));
        assertOrder(401, "token-needed", ask(node, "GET /stream?channel=closed.a&channel=team.a"));
        assertOrder(403, "forbidden", ask(full, "GET /stream?channel=public.a&channel=closed.a"));
        assertOrder(429, "too-many", ask(full, "GET /stream?channel=public.a"));
        assertThat(ask(full, "HEAD /stream?channel=public.a").status()).isEqualTo(429);
    }

    private static void assertOrder(int status, String slug, RawConnection.Answer answer) {
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.problem().getString("type")).isEqualTo("urn:sse-bridge:" + slug);
    }

    @Test
    void ofSeveralChannels_allAreGrantedOrNone() {
        RawConnection.Answer answer =
                ask(node, "GET /stream/team.a?channel=public.a&channel=users.bob.a", bearer(ALICE));

        assertThat(answer.status()).isEqualTo(403);
        assertThat(answer.problem().getString("channel")).isEqualTo("users.bob.a");
        assertThat(ask(node, "HEAD /stream/team.a?channel=public.a&channel=users.alice.a", bearer(ALICE))
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "https://evil.example",
                "null",
                "http://app.example",
                "https://app.example.evil.example",
                "https://bridge.example:8081",
                "http://bridge.example"
            })
    void aForeignPage_mayNeitherUseTheCookieNorAct(String origin) {
        String header = "Origin: " + origin;
        assertOrder(403, "foreign-origin", ask(node, "GET /stream/team.a", header, cookie(ALICE)));
        assertOrder(403, "foreign-origin", ask(node, "POST /publish/public.a", header, "Content-Length: 0"));
        assertOrder(403, "foreign-origin", ask(node, "POST /session", header, bearer(ALICE), "Content-Length: 0"));
        assertOrder(403, "foreign-origin", ask(node, "DELETE /session", header));

        RawConnection.Answer open = ask(node, "HEAD /stream/public.a", header);
        assertThat(open.status()).isEqualTo(200);
        // The channel is public, so that a foreign page may read it without the user's cookie.
        assertThat(open.all("Access-Control-Allow-Origin")).containsExactly("*");
        assertThat(open.all("Access-Control-Allow-Credentials")).isEmpty();
        assertThat(open.all("Vary")).containsExactly("Origin");
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://bridge.example:8080", "https://bridge.example:8080", "https://app.example"})
    void ourOwnPagesAndThoseListed_mayDoBoth(String origin) {
        String header = "Origin: " + origin;
        assertThat(ask(node, "HEAD /stream/team.a", header, cookie(ALICE)).status())
                .isEqualTo(200);
        assertThat(ask(
                                node,
                                "POST /publish/team.a",
                                header,
                                cookie(ALICE),
                                "Content-Type: text/plain",
                                "Content-Length: 0")
                        .status())
                .isEqualTo(201);
    }

    @Test
    void aListedPage_mayReadTheAnswerWhateverItIs() {
        String origin = "Origin: https://app.example";
        for (String path :
                List.of("/stream/public.a", "/stream/team.a", "/stream/nowhere", "/stream/%FF", "/nowhere")) {
            RawConnection.Answer answer = ask(node, "GET " + path, origin);
            assertThat(answer.all("Access-Control-Allow-Origin")).as(path).containsExactly("https://app.example");
            assertThat(answer.all("Access-Control-Allow-Credentials")).as(path).containsExactly("true");
            assertThat(answer.all("Vary")).as(path).containsExactly("Origin");
        }
    }

    @Test
    void aPreflight_isAnsweredForListedPagesOnly() {
        String asked = "Access-Control-Request-Method: POST";
        RawConnection.Answer listed = ask(node, "OPTIONS /publish/team.a", "Origin: https://app.example", asked);
        assertThat(listed.status()).isEqualTo(204);
        assertThat(listed.all("Access-Control-Allow-Origin")).containsExactly("https://app.example");
        assertThat(listed.all("Access-Control-Allow-Methods")).containsExactly("POST");
        assertThat(listed.all("Access-Control-Allow-Headers").get(0)).contains("Authorization", "Content-Type");

        RawConnection.Answer foreign = ask(node, "OPTIONS /publish/team.a", "Origin: https://evil.example", asked);
        assertThat(foreign.status()).isEqualTo(204);
        assertThat(foreign.all("Access-Control-Allow-Origin")).isEmpty();
        assertThat(foreign.all("Access-Control-Allow-Methods")).isEmpty();
    }
}
