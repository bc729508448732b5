package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import io.ssebridge.event.Event;
import io.ssebridge.http.AnswerLines;
import io.ssebridge.http.RawConnection;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.Tokens;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** A running node gets other options. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class ReloadTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final String OTHER_SECRET = "another secret for tests, 32 bytes or more";
    private static final String REST = "\nstream: {retry: 100ms}\nshutdown: {grace: 0s, drain: 100ms}\n";

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HttpClient http = HttpClient.newHttpClient();
    private Vertx vertx;
    private @Nullable Bridge opened;
    private URI base = URI.create("http://127.0.0.1");

    private static String secrets(String... secrets) {
        return "auth: {jwt: {secrets: %s}}".formatted(new JsonArray(List.of(secrets)).encode());
    }

    private static BridgeOptions options(String yaml) {
        String auth = yaml.contains("auth:") ? "" : secrets(NodeSetup.SECRET);
        return new Configuration("test", yaml + REST + auth, Overrides.NONE).read(BridgeOptions::from);
    }

    @BeforeEach
    void take(Vertx given) {
        vertx = given;
    }

    private void open(String yaml) throws Exception {
        Bridge bridge = Bridge.open(vertx, options(yaml), meters).await(20, TimeUnit.SECONDS);
        int port = vertx.createHttpServer()
                .requestHandler(bridge.router())
                .listen(0, "127.0.0.1")
                .await(20, TimeUnit.SECONDS)
                .actualPort();
        opened = bridge;
        base = URI.create("http://127.0.0.1:" + port);
    }

    private Bridge bridge() {
        return Objects.requireNonNull(opened);
    }

    @AfterEach
    void close() throws Exception {
        bridge().close().await(20, TimeUnit.SECONDS);
    }

    private List<String> reload(String yaml) throws Exception {
        return bridge().reload(options(yaml)).await(20, TimeUnit.SECONDS);
    }

    private EventStreamReader stream(String channels) {
        return EventStreamReader.open(base.resolve("/stream?" + channels));
    }

    private EventStreamReader stream(String channels, String token) {
        return EventStreamReader.open(base.resolve("/stream?" + channels), Map.of("Authorization", "Bearer " + token));
    }

    private int publish(String channel, String token) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(base.resolve("/publish/" + channel))
                .header("Content-Type", "application/json")
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString("{\"data\":\"x\"}"))
                .build();
        return http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
    }

    private double reloads(String result) {
        return meters.get("sse.config.reloads").tag("result", result).counter().count();
    }

    private void send(String address, String data) throws Exception {
        var unused = vertx.eventBus()
                .request(address, new JsonObject().put("data", data))
                .await(20, TimeUnit.SECONDS);
    }

    @Test
    void aNewRule_works_withItsAddress_andOtherStreamsStay() throws Exception {
        open("channels: [{channel: news, subscribe: public}]");
        try (EventStreamReader news = stream("channel=news")) {
            news.await("stream-open");
            assertThat(stream("channel=jobs.1").status()).isEqualTo(404);

            assertThat(reload("""
                    channels:
                      - {channel: news, subscribe: public}
                      - {channel: 'jobs.{id}', address: 'work.{id}', subscribe: public}
                      - {channel: 'devices.{id}', address: fleet, header: device, subscribe: public}
                    """)).containsExactly("channels[jobs.{id}]: new", "channels[devices.{id}]: new");

            try (EventStreamReader jobs = stream("channel=jobs.1&channel=devices.a")) {
                jobs.await("stream-open");
                send("work.1", "by its own address");
                assertThat(jobs.await("message").data()).contains("by its own address");
                vertx.eventBus().publish("fleet", "shared", new DeliveryOptions().addHeader("device", "a"));
                assertThat(jobs.awaitCount("message", 2, PATIENCE)).hasSize(2);
            }
            bridge().publish("news", Event.of(null, "still here")).await(20, TimeUnit.SECONDS);
            assertThat(news.await("message").data()).isEqualTo("still here");
            assertThat(news.isEnded()).isFalse();
        }
        assertThat(reloads("applied")).isEqualTo(1);
    }

    // Nobody has subscribed: the first sender must find it.
    @Test
    void theAddressOfANewLiteralRule_isConsumedAtOnce() throws Exception {
        open("channels: [{channel: news, subscribe: public}]");

        assertThat(reload("channels: [{channel: news, subscribe: public}, {channel: jobs, subscribe: public}]"))
                .containsExactly("channels[jobs]: new");

        send("jobs", "first");
    }

    @Test
    void theStreamsOfAVanishedRule_endWithAccessLost_andItsAddressIsClosed() throws Exception {
        open("channels: [{channel: news, subscribe: public}, {channel: 'old.{id}', subscribe: public}]");
        try (EventStreamReader news = stream("channel=news");
                EventStreamReader both = stream("channel=news&channel=old.1")) {
            news.await("stream-open");
            both.await("stream-open");
            send("old.1", "before");
            both.await("message");

            assertThat(reload("channels: [{channel: news, subscribe: public}]"))
                    .containsExactly("channels[old.{id}]: gone");

            assertThat(both.await("stream-error").data()).isEqualTo("{\"reason\":\"access-lost\",\"reconnect\":false}");
            both.awaitEnd(PATIENCE);
            assertThat(stream("channel=old.1").status()).isEqualTo(404);
            assertThatThrownBy(() -> send("old.1", "after")).hasMessageContaining("No handlers");
            bridge().publish("news", Event.of(null, "x")).await(20, TimeUnit.SECONDS);
            news.await("message");

            // The history went with the rule.
            assertThat(reload(
                            "channels: [{channel: news, subscribe: public}, {channel: 'old.{id}', subscribe: public}]"))
                    .hasSize(1);
            try (EventStreamReader again = EventStreamReader.open(base.resolve("/stream/old.1?last=10"))) {
                again.await("stream-open");
                send("old.1", "later");
                assertThat(again.await("message").data()).contains("later");
                assertThat(again.events("message")).hasSize(1);
            }
        }
    }

    private RawConnection lines(String channel, String token) {
        RawConnection connection = RawConnection.open(base.getPort());
        connection.send("POST /publish/" + channel + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-ndjson\r\n"
                + "Authorization: Bearer " + token + "\r\nTransfer-Encoding: chunked\r\n\r\n");
        sendLine(connection);
        return connection;
    }

    private static void sendLine(RawConnection connection) {
        String line = "{\"data\": {\"n\": 1}}\n";
        connection.send(Integer.toHexString(line.length()) + "\r\n" + line + "\r\n");
    }

    @Test
    void aRequestOfManyLines_endsWhenItsCallerMayNotPublishAnyMore_andFollowsTheRulesOtherwise() throws Exception {
        open("""
                channels:
                  - {channel: old, publish: authenticated}
                  - {channel: closed, publish: authenticated}
                  - {channel: news, subscribe: public, publish: authenticated}
                """);
        try (RawConnection vanished = lines("old", Tokens.of("alice"));
                RawConnection closed = lines("closed", Tokens.of("alice"));
                RawConnection both = lines("news?channel=closed", Tokens.of("alice"));
                RawConnection staying = lines("news", Tokens.of("alice"));
                EventStreamReader news = stream("channel=news")) {
            AnswerLines ofVanished = new AnswerLines(vanished);
            AnswerLines ofClosed = new AnswerLines(closed);
            AnswerLines ofBoth = new AnswerLines(both);
            AnswerLines ofStaying = new AnswerLines(staying);
            assertThat(ofVanished.statuses(1)).containsExactly(201);
            assertThat(ofClosed.statuses(1)).containsExactly(201);
            assertThat(ofBoth.statuses(2)).containsExactly(201, 201);
            assertThat(ofStaying.statuses(1)).containsExactly(201);

            assertThat(reload("""
                    channels:
                      - {channel: closed, publish: none}
                      - {channel: news, subscribe: public, publish: {allow: authenticated, stamp: sub, field: from}}
                    """)).hasSize(3);

            assertEnds(ofVanished, "no-rule", "old");
            assertEnds(ofClosed, "forbidden", "closed");
            assertEnds(ofBoth, "forbidden", "closed");
            sendLine(staying);
            assertThat(ofStaying.statuses(1)).containsExactly(201);
            assertThat(news.await(event -> event.data().contains("from"), PATIENCE)
                            .data())
                    .contains("\"from\":\"alice\"");
            staying.send("0\r\n\r\n");
            assertThat(ofStaying.hasEnded()).isTrue();
        }
        assertThat(meters.get("sse.http.refused")
                        .tag("type", "forbidden")
                        .counter()
                        .count())
                .isEqualTo(2);
    }

    private static void assertEnds(AnswerLines lines, String type, String channel) {
        JsonObject last = lines.next();
        assertThat(last.getString("type")).isEqualTo("urn:sse-bridge:" + type);
        assertThat(last.getString("channel")).isEqualTo(channel);
        assertThat(lines.hasEnded()).isTrue();
    }

    @Test
    void manyStreamsOfAVanishedRule_allEnd() throws Exception {
        open("channels: [{channel: news, subscribe: public}, {channel: old, subscribe: public}]");
        List<EventStreamReader> streams = new ArrayList<>();
        IntStream.range(0, 250).forEach(i -> streams.add(stream("channel=old")));
        streams.forEach(each -> each.await("stream-open"));

        assertThat(reload("channels: [{channel: news, subscribe: public}]")).hasSize(1);

        streams.forEach(each -> assertThat(each.await("stream-error").data()).contains("access-lost"));
        streams.forEach(EventStreamReader::close);
    }

    @Test
    void aStreamWithATokenThatNoLongerCoversItsChannel_ends_andOthersStay() throws Exception {
        open("channels: [{channel: news, subscribe: authenticated}, {channel: open, subscribe: public}]");
        try (EventStreamReader granted = stream("channel=news", Tokens.mint("alice", List.of("news"), List.of()));
                EventStreamReader other = stream("channel=news", Tokens.of("bob"));
                EventStreamReader anonymous = stream("channel=open")) {
            granted.await("stream-open");
            other.await("stream-open");
            anonymous.await("stream-open");

            assertThat(reload("channels: [{channel: news}, {channel: open, subscribe: authenticated}]"))
                    .containsExactly("channels[news]: subscribe", "channels[open]: subscribe");

            assertThat(other.await("stream-error").data()).contains("access-lost");
            assertThat(anonymous.await("stream-error").data()).contains("access-lost");
            bridge().publish("news", Event.of(null, "x")).await(20, TimeUnit.SECONDS);
            granted.await("message");
            assertThat(granted.isEnded()).isFalse();
        }
    }

    @Test
    void aChangedAddress_movesTheChannel_andItsHistoryStays() throws Exception {
        open("channels: [{channel: news, address: a.news, subscribe: public}]");
        try (EventStreamReader news = stream("channel=news")) {
            news.await("stream-open");
            send("a.news", "one");

            assertThat(reload("channels: [{channel: news, address: b.news, subscribe: public}]"))
                    .containsExactly("channels[news]: address");

            Eventually.holds("the new address", PATIENCE, () -> {
                try {
                    send("b.news", "two");
                    return true;
                } catch (Exception notYet) {
                    return false;
                }
            });
            assertThatThrownBy(() -> send("a.news", "lost")).hasMessageContaining("No handlers");
            assertThat(news.awaitCount("message", 2, PATIENCE)).hasSize(2);
            assertThat(news.events("stream-reset")).isEmpty();
            try (EventStreamReader all = EventStreamReader.open(base.resolve("/stream/news?last=10"))) {
                assertThat(all.awaitCount("message", 2, PATIENCE)).hasSize(2);
            }
        }
    }

    @Test
    void aSecretIsRotated_inTwoSteps_andStreamsStay() throws Exception {
        String rules = "channels: [{channel: news, publish: authenticated}]\n";
        open(rules);
        String old = Tokens.mint("alice", List.of("news"), List.of());
        JsonObject claims = new JsonObject()
                .put("sub", "bob")
                .put("exp", Instant.now().plusSeconds(600).getEpochSecond());
        String fresh = Tokens.sign(claims, OTHER_SECRET);
        assertThat(publish("news", old)).isEqualTo(201);
        assertThat(publish("news", fresh)).isEqualTo(401);
        try (EventStreamReader news = stream("channel=news", old);
                CapturedLog log = new CapturedLog("io.ssebridge", Level.INFO)) {
            news.await("stream-open");

            assertThat(reload(rules + secrets(OTHER_SECRET, NodeSetup.SECRET)))
                    .containsExactly("auth.jwt.secret", "auth.jwt.secrets");
            assertThat(publish("news", old)).isEqualTo(201);
            assertThat(publish("news", fresh)).isEqualTo(201);

            assertThat(reload(rules + secrets(OTHER_SECRET))).containsExactly("auth.jwt.secret", "auth.jwt.secrets");
            assertThat(publish("news", old)).isEqualTo(401);
            assertThat(publish("news", fresh)).isEqualTo(201);
            assertThat(news.awaitCount("message", 3, PATIENCE)).hasSize(3);
            assertThat(log.lines())
                    .contains("INFO The configuration has changed: auth.jwt.secret; auth.jwt.secrets")
                    .noneMatch(line -> line.contains(OTHER_SECRET) || line.contains(NodeSetup.SECRET));
        }
    }

    @Test
    void optionsThatNeedARestart_areRefusedAsAWhole() throws Exception {
        open("channels: [{channel: news, subscribe: public}]");
        try (CapturedLog log = new CapturedLog("io.ssebridge", Level.INFO)) {
            assertThatThrownBy(() -> reload("http: {port: 81}\nchannels: [{channel: jobs, subscribe: public}]"))
                    .isInstanceOf(ConfigException.class)
                    .hasMessageContaining("http.port: needs a restart");
            assertThat(log.lines())
                    .containsExactly(
                            "ERROR The changed configuration is refused, and the one before it stays: http.port: needs a restart (expected: as at the start of the node)");
        }
        assertThat(stream("channel=jobs").status()).isEqualTo(404);
        assertThat(stream("channel=news").status()).isEqualTo(200);
        assertThat(reloads("refused")).isEqualTo(1);
        assertThat(reload("channels: [{channel: news, subscribe: public}]")).isEmpty();
        assertThat(reloads("unchanged")).isEqualTo(1);
    }

    @Test
    void keysThatCannotBeUsed_areRefused_andTheKeysBeforeThemStay() throws Exception {
        String rules = "channels: [{channel: news, publish: authenticated}]\n";
        open(rules);

        // Nothing listens there.
        assertThatThrownBy(() -> reload(rules + "auth: {jwt: {jwks: 'http://127.0.0.1:1/keys'}}"))
                .hasMessageContaining("auth.jwt.jwks");

        assertThat(publish("news", Tokens.of("alice"))).isEqualTo(201);
    }

    @Test
    void limitsAndOrigins_countForLaterRequests() throws Exception {
        open("channels: [{channel: news, subscribe: public}]");
        try (EventStreamReader one = stream("channel=news")) {
            one.await("stream-open");

            assertThat(reload("""
                    channels: [{channel: news, subscribe: public}]
                    limits: {subscribers: 1}
                    http: {cors: {origins: ["https://app.example"]}}
                    """)).containsExactly("http.cors.origins", "limits.subscribers");

            assertThat(stream("channel=news").status()).isEqualTo(429);
            HttpRequest foreign = HttpRequest.newBuilder(base.resolve("/health/live"))
                    .header("Origin", "https://app.example")
                    .build();
            assertThat(http.send(foreign, HttpResponse.BodyHandlers.ofString())
                            .headers()
                            .firstValue("Access-Control-Allow-Origin"))
                    .contains("https://app.example");
        }
    }

    // The arrival was told. A leader that is never told of the departure keeps the member for ever.
    @Test
    void aMemberThatWasToldUnderTheRuleBefore_isToldToHaveLeft() throws Exception {
        String rest = "\npresence: {grace: 50ms}";
        open("channels: [{channel: room, subscribe: authenticated, presence: members}]" + rest);
        List<JsonObject> told = new CopyOnWriteArrayList<>();
        var unused = vertx.eventBus().<JsonObject>consumer("sse.lifecycle", message -> told.add(message.body()));
        try (EventStreamReader room = stream("channel=room", Tokens.of("alice"))) {
            room.await("stream-open");
            Eventually.holds("the arrival", PATIENCE, () -> has(told, "member-joined"));

            assertThat(reload("channels: [{channel: room, subscribe: authenticated, lifecycle: false}]" + rest))
                    .containsExactly("channels[room]: lifecycle, presence");
        }
        Eventually.holds("the departure", PATIENCE, () -> has(told, "member-left") && has(told, "channel-idle"));
    }

    @Test
    void channelsInUse_getMetricsOfTheirOwn_andLoseThem() throws Exception {
        String news = "channels: [{channel: news, subscribe: public, publish: granted%s}]";
        open(news.formatted(""));
        try (EventStreamReader stream = stream("channel=news")) {
            stream.await("stream-open");

            assertThat(reload(news.formatted(", metrics: true"))).containsExactly("channels[news]: metrics");
            bridge().publish("news", Event.of(null, "counted")).await(20, TimeUnit.SECONDS);
            assertThat(streamsOfNews()).isEqualTo(1);
            assertThat(reload(news.formatted(""))).hasSize(1);
            bridge().publish("news", Event.of(null, "not counted")).await(20, TimeUnit.SECONDS);
            assertThat(streamsOfNews()).isZero();
        }
        for (String events : List.of("sse.channel.events.appended", "sse.channel.events.offered")) {
            assertThat(meters.get(events).tag("channel", "news").counter().count())
                    .as(events)
                    .isEqualTo(1);
        }
    }

    private double streamsOfNews() {
        return meters.get("sse.channel.subscribers")
                .tag("channel", "news")
                .gauge()
                .value();
    }

    private static boolean has(List<JsonObject> told, String type) {
        return told.stream().anyMatch(message -> type.equals(message.getString("type")));
    }
}
