package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.access.Caller;
import io.ssebridge.access.Grant;
import io.ssebridge.event.Event;
import io.ssebridge.event.Receipt;
import io.ssebridge.hook.Authorization;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.LinesAsTheyCome;
import io.vertx.core.AbstractVerticle;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.ThreadingModel;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.BodyHandler;
import io.vertx.ext.web.handler.HttpException;
import io.vertx.junit5.VertxExtension;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bridge in an application with routes, handlers and HTTP servers of its own. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class BridgeRouterTest {
    private static final JsonObject OPTIONS = new JsonObject()
            .put("shutdown", new JsonObject().put("drain", "100ms").put("grace", "0s"))
            .put("limits", new JsonObject().put("eventSize", "1KiB"))
            .put(
                    "channels",
                    new JsonArray()
                            .add(new JsonObject()
                                    .put("channel", "open.{name}")
                                    .put("subscribe", "public")
                                    .put("publish", "public"))
                            .add(new JsonObject()
                                    .put("channel", "users.{sub}.**")
                                    .put("subscribe", "owner"))
                            .add(new JsonObject().put("channel", "team.{name}")));

    private Vertx vertx;
    private final HttpClient http = HttpClient.newHttpClient();

    @BeforeEach
    void take(Vertx vertx) {
        this.vertx = vertx;
    }

    private Bridge open(BridgeOptions options) throws Exception {
        return Bridge.open(vertx, options, new SimpleMeterRegistry()).await(20, TimeUnit.SECONDS);
    }

    private Bridge open() throws Exception {
        return open(BridgeOptions.of(OPTIONS).callers(BridgeRouterTest::caller));
    }

    /** The application knows its users by a header. */
    private static Future<Caller> caller(RoutingContext request) {
        String user = request.request().getHeader("User");
        if ("banned".equals(user)) {
            return Future.failedFuture(new HttpException(401, "banned"));
        }
        return Future.succeededFuture(
                user == null
                        ? Caller.ANONYMOUS
                        : Caller.of(Grant.of(user).withSubscribe("team.*").withPublish("team.{sub}")));
    }

    @Test
    void servicesOfTheApplication_decide_andGiveSnapshots_andMustBeNamed() throws Exception {
        BridgeOptions options = BridgeOptions.of(new JsonObject("""
                        {"channels": [{"channel": "team.{name}", "authorize": "team.admission", "initial": "team.state"}]}
                        """)).callers(BridgeRouterTest::caller);
        assertThatThrownBy(() -> open(
                        options.authorizer("team.state", request -> Future.succeededFuture(Authorization.allow()))))
                .hasMessage("channels: no rule has authorize: team.state, which is a service of the application");
        Bridge bridge = open(options.authorizer("team.admission", request -> {
                    if (request.subject().filter("thrower"::equals).isPresent()) {
                        throw new IllegalStateException("as told");
                    }
                    return Future.succeededFuture(
                            request.subject().filter("alice"::equals).isPresent()
                                    ? Authorization.allow(Map.of("captain", true))
                                    : Authorization.deny("only alice"));
                })
                .snapshots(
                        "team.state",
                        request -> Future.succeededFuture(List.of(Event.of("state", request.properties())))));
        URI base = serve(bridge, "/live/");

        HttpResponse<String> denied = get(base.resolve("/live/stream/team.a"), "User", "bob");
        assertThat(denied.statusCode()).isEqualTo(403);
        assertThat(denied.body()).contains("only alice");
        HttpResponse<String> failed = get(base.resolve("/live/stream/team.a"), "User", "thrower");
        assertThat(failed.statusCode()).isEqualTo(403);
        assertThat(failed.body()).contains("undecided");
        try (EventStreamReader stream =
                EventStreamReader.open(base.resolve("/live/stream/team.a"), Map.of("User", "alice"))) {
            assertThat(stream.await("state").data()).isEqualTo("{\"captain\":true}");
        }
    }

    private URI serve(Router router, HttpServerOptions options) throws Exception {
        int port = vertx.createHttpServer(options)
                .requestHandler(router)
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS)
                .actualPort();
        return URI.create("http://127.0.0.1:" + port);
    }

    private URI serve(Bridge bridge, String mount) throws Exception {
        Router router = Router.router(vertx);
        router.route(mount + "*").subRouter(bridge.router());
        router.route("/own").handler(request -> request.end("the application"));
        return serve(router, new HttpServerOptions());
    }

    private HttpResponse<String> get(URI uri, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri);
        return http.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private HttpResponse<String> post(URI uri, String body, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.ofString(body));
        return http.send(
                (headers.length == 0 ? request : request.headers(headers)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/live/", "/a/b/c/", "/:tenant/live/"})
    void aBridgeOnAnyPath_streamsAndPublishesThere(String mount) throws Exception {
        URI base = serve(open(), mount);
        String at = mount.replace(":tenant", "t1");
        try (EventStreamReader stream = EventStreamReader.open(base.resolve(at + "stream/open.a"))) {
            stream.await("stream-open");
            HttpResponse<String> published = post(
                    base.resolve(at + "publish/open.a"), "{\"data\": \"hello\"}", "Content-Type", "application/json");
            assertThat(published.statusCode()).isEqualTo(201);
            assertThat(stream.await("message").data()).isEqualTo("hello");
        }
        assertThat(get(base.resolve(at + "history/open.a")).body()).contains("hello");
        assertThat(get(base.resolve(at + "health/ready")).statusCode()).isEqualTo(200);
        assertThat(get(base.resolve(at + "stream/open.%FF")).statusCode()).isEqualTo(400);
        // Other paths are the application's.
        assertThat(get(base.resolve("/own")).body()).isEqualTo("the application");
        assertThat(get(base.resolve(at + "nowhere")).body()).contains("Resource not found");
    }

    @Test
    void theApplication_findsTheCaller() throws Exception {
        URI base = serve(open(), "/live/");
        assertThat(get(base.resolve("/live/history/team.a")).statusCode()).isEqualTo(401);
        assertThat(get(base.resolve("/live/history/team.a"), "User", "alice").statusCode())
                .isEqualTo(200);
        assertThat(get(base.resolve("/live/history/users.bob.x"), "User", "alice")
                        .statusCode())
                .isEqualTo(403);
        assertThat(get(base.resolve("/live/history/users.alice.x"), "User", "alice")
                        .statusCode())
                .isEqualTo(200);
        assertThat(post(
                                base.resolve("/live/publish/team.bob"),
                                "{\"data\": 1}",
                                "User",
                                "alice",
                                "Content-Type",
                                "application/json")
                        .statusCode())
                .isEqualTo(403);
        assertThat(post(
                                base.resolve("/live/publish/team.alice"),
                                "{\"data\": 1}",
                                "User",
                                "alice",
                                "Content-Type",
                                "application/json")
                        .statusCode())
                .isEqualTo(201);
        HttpResponse<String> banned = get(base.resolve("/live/history/open.a"), "User", "banned");
        assertThat(banned.statusCode()).isEqualTo(401);
        assertThat(banned.body()).contains("banned");
        // A page of another site cannot act with what makes the application know the user.
        assertThat(get(base.resolve("/live/history/team.a"), "User", "alice", "Origin", "https://evil.example")
                        .statusCode())
                .isEqualTo(403);
        // Sessions are the application's too.
        assertThat(post(base.resolve("/live/session"), "").statusCode()).isEqualTo(404);
    }

    @Test
    void theApplicationsCaller_extendsItsOwnStream_withoutAToken() throws Exception {
        URI base = serve(open(), "/live/");
        try (EventStreamReader stream =
                EventStreamReader.open(base.resolve("/live/stream/team.a"), Map.of("User", "alice"))) {
            URI path = base.resolve(
                    "/live/subscribers/" + stream.await("stream-open").json().getString("subscriber") + "/token");

            assertThat(post(path, "", "User", "alice").statusCode()).isEqualTo(200);
            assertThat(post(path, "", "User", "bob").statusCode()).isEqualTo(404);
            assertThat(post(path, "").statusCode()).isEqualTo(401);
        }
    }

    @Test
    void aBodyThatTheApplicationHasRead_isPublished() throws Exception {
        Bridge bridge = open();
        Router router = Router.router(vertx);
        router.route().handler(BodyHandler.create(false));
        router.route("/live/*").subRouter(bridge.router());
        URI base = serve(router, new HttpServerOptions());
        assertThat(post(base.resolve("/live/publish/open.a"), "{\"data\": 1}", "Content-Type", "application/json")
                        .statusCode())
                .isEqualTo(201);
        assertThat(post(base.resolve("/live/publish/open.a"), "x".repeat(20_000), "Content-Type", "text/plain")
                        .statusCode())
                .isEqualTo(413);
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aServerThatCompresses_doesNotCompressAStreamAgain(HttpClient.Version version) throws Exception {
        assertStream(version, true);
    }

    @ParameterizedTest
    @EnumSource(HttpClient.Version.class)
    void aServerThatCompresses_sendsStreamsAsTheyAre_ifTheBridgeMustNot(HttpClient.Version version) throws Exception {
        assertStream(version, false);
    }

    private void assertStream(HttpClient.Version version, boolean compressed) throws Exception {
        JsonObject options = OPTIONS.copy().put("http", new JsonObject().put("compression", compressed));
        Bridge bridge = open(BridgeOptions.of(options).callers(BridgeRouterTest::caller));
        Router router = Router.router(vertx);
        router.route("/live/*").subRouter(bridge.router());
        URI base = serve(router, new HttpServerOptions().setCompressionSupported(true));
        var response = http.send(
                HttpRequest.newBuilder(base.resolve("/live/stream/open.a"))
                        .header("Accept-Encoding", "gzip")
                        .version(version)
                        .build(),
                HttpResponse.BodyHandlers.ofInputStream());
        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.version()).isEqualTo(version);
        assertThat(response.headers().firstValue("Content-Encoding").orElse("").equals("gzip"))
                .isEqualTo(compressed);
        try (InputStream lines = compressed ? new GZIPInputStream(response.body()) : response.body()) {
            assertThat(LinesAsTheyCome.until(lines, "event: stream-open"::equals))
                    .isNotNull();
            Receipt unused = bridge.publish("open.a", Event.of(null, "plain")).await(10, TimeUnit.SECONDS);
            assertThat(LinesAsTheyCome.until(lines, "data: plain"::equals)).isNotNull();
        }
    }

    @Test
    void anEventOfTheApplication_getsAReceipt() throws Exception {
        Bridge bridge = open();
        Receipt first = bridge.publish("open.a", Event.of("score", new JsonObject().put("runs", 4)), "k1")
                .await(10, TimeUnit.SECONDS);
        assertThat(first.sequence()).isEqualTo(1);
        assertThat(first.id()).isPresent();
        assertThat(bridge.publish("open.a", Event.of("score", "again"), "k1").await(10, TimeUnit.SECONDS))
                .satisfies(second -> {
                    assertThat(second.repeated()).isTrue();
                    assertThat(second.id()).isEqualTo(first.id());
                });
    }

    @Test
    void anEventThatTheBridgeRefuses_failsWithAStatus() throws Exception {
        Bridge bridge = open();
        Map.of(
                        bridge.publish("no-rule", Event.of(null, "x")), 404,
                        bridge.publish("not a..name", Event.of(null, "x")), 400,
                        bridge.publish("open.a", Event.of(null, "x".repeat(2_000))), 413,
                        bridge.publish("open.a", Event.of(null, "x"), ""), 400)
                .forEach((answer, status) -> assertThatThrownBy(() -> answer.await(10, TimeUnit.SECONDS))
                        .isInstanceOfSatisfying(
                                ReplyException.class,
                                refused -> assertThat(refused.failureCode()).isEqualTo(status)));
    }

    @Test
    void streamsOfABridgeThatCloses_areToldSo_andTheApplicationGoesOn() throws Exception {
        Bridge bridge = open();
        URI base = serve(bridge, "/live/");
        try (EventStreamReader stream = EventStreamReader.open(base.resolve("/live/stream/open.a"))) {
            stream.await("stream-open");
            bridge.close().await(20, TimeUnit.SECONDS);
            assertThat(stream.await("stream-error").data()).contains("draining");
            assertThat(stream.awaitEnd(Duration.ofSeconds(10))).isEqualTo(EventStreamReader.End.COMPLETE);
        }
        try (EventStreamReader late = EventStreamReader.open(base.resolve("/live/stream/open.a"))) {
            assertThat(late.awaitEnd(Duration.ofSeconds(10))).isEqualTo(EventStreamReader.End.COMPLETE);
        }
        assertThat(get(base.resolve("/live/health/ready")).statusCode()).isEqualTo(503);
        assertThat(get(base.resolve("/own")).body()).isEqualTo("the application");
    }

    @Test
    void manyServers_shareOneBridge_andEachStreamGetsAllEvents() throws Exception {
        Bridge bridge = open();
        URI base = URI.create("http://127.0.0.1:"
                + vertx.deployVerticle(() -> new Serving(bridge), new DeploymentOptions().setInstances(3))
                        .compose(deployed -> Serving.PORT.future())
                        .await(20, TimeUnit.SECONDS));
        List<EventStreamReader> streams = java.util.stream.IntStream.range(0, 9)
                .mapToObj(i -> EventStreamReader.open(base.resolve("/live/stream/open.a")))
                .toList();
        try {
            streams.forEach(stream -> assertThat(stream.await("stream-open")).isNotNull());
            Receipt unused = bridge.publish("open.a", Event.of(null, "all")).await(10, TimeUnit.SECONDS);
            streams.forEach(stream -> assertThat(stream.await("message").data()).isEqualTo("all"));
        } finally {
            streams.forEach(EventStreamReader::close);
        }
    }

    /** One HTTP server of several on a port. */
    private static final class Serving extends AbstractVerticle {
        private static final Promise<Integer> PORT = Promise.promise();

        private final Bridge bridge;

        private Serving(Bridge bridge) {
            this.bridge = bridge;
        }

        @Override
        public void start(Promise<Void> started) {
            Router router = Router.router(vertx);
            router.route("/live/*").subRouter(bridge.router());
            vertx.createHttpServer()
                    .requestHandler(router)
                    .listen(io.vertx.core.net.SocketAddress.sharedRandomPort(1, "127.0.0.1"))
                    .onSuccess(server -> {
                        boolean unused = PORT.tryComplete(server.actualPort());
                    })
                    .<Void>mapEmpty()
                    .onComplete(started);
        }
    }

    @Test
    void aWorkerVerticle_isToldThatItCannotServe() throws Exception {
        Bridge bridge = open();
        Promise<Integer> port = Promise.promise();
        var unused = vertx.deployVerticle(
                        new AbstractVerticle() {
                            @Override
                            public void start(Promise<Void> started) {
                                Router router = Router.router(vertx);
                                router.route("/live/*").subRouter(bridge.router());
                                vertx.createHttpServer()
                                        .requestHandler(router)
                                        .listen(0, "127.0.0.1")
                                        .onSuccess(server -> port.complete(server.actualPort()))
                                        .<Void>mapEmpty()
                                        .onComplete(started);
                            }
                        },
                        new DeploymentOptions().setThreadingModel(ThreadingModel.WORKER))
                .await(20, TimeUnit.SECONDS);
        URI base = URI.create("http://127.0.0.1:" + port.future().await(20, TimeUnit.SECONDS));
        assertThat(get(base.resolve("/live/stream/open.a")).statusCode()).isEqualTo(503);
    }

    @Test
    void rulesThatNeedTokens_needAKeyOrCallers() {
        assertThatThrownBy(() -> open(BridgeOptions.of(OPTIONS)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("auth.jwt.secret");
    }

    @Test
    void theVerticle_isDeployedByItsName() throws Exception {
        JsonObject config = new JsonObject()
                .put("http", new JsonObject().put("host", "127.0.0.1").put("port", 0))
                .put("shutdown", new JsonObject().put("grace", "0s"))
                .put(
                        "channels",
                        new JsonArray()
                                .add(new JsonObject()
                                        .put("channel", "sse")
                                        .put("subscribe", "public")
                                        .put("publish", "public")));
        String deployment = vertx.deployVerticle(
                        "io.ssebridge.SseBridgeVerticle", new DeploymentOptions().setConfig(config))
                .await(20, TimeUnit.SECONDS);
        vertx.undeploy(deployment).await(20, TimeUnit.SECONDS);
        assertThatThrownBy(() -> vertx.deployVerticle(
                                "io.ssebridge.SseBridgeVerticle",
                                new DeploymentOptions().setConfig(new JsonObject().put("chanels", 1)))
                        .await(20, TimeUnit.SECONDS))
                .hasMessageContaining("chanels");
    }
}
