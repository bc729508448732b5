package io.ssebridge.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.PlainServiceProcess;
import io.ssebridge.testing.TestCluster;
import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonObject;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Ids of channels without a history, forged or simply too old, leave nothing in the cluster. A service beside the only node
 * counts its Ringbuffers: with two members, each keeps all of them.
 */
@Timeout(120)
class OldIdIT {
    private static final int CLIENTS = 10;
    private static final NodeSetup SETUP = NodeSetup.of("""
            http: {host: 127.0.0.1}
            stream: {retry: 100ms}
            shutdown: {drain: 0s}
            channels:
              - {channel: "short.{name}", subscribe: public, publish: public, history: {ttl: 4s, size: 10000}}
              - {channel: "never.{name}", subscribe: public, publish: public, history: {size: 10000}}
            """);

    private static TestCluster cluster;
    private static TestNode node;
    private static PlainServiceProcess service;

    @BeforeAll
    static void start() {
        cluster = new TestCluster();
        node = cluster.start(SETUP);
        service = cluster.startPlainService();
    }

    @AfterAll
    static void stop() {
        cluster.close();
    }

    @Test
    void forgedIds_makeNoHistories() {
        List<String> channels =
                IntStream.range(0, CLIENTS).mapToObj(i -> "never.forged" + i).toList();
        for (String channel : channels) {
            come(channel, EventId.encode(List.of(new ChannelName(channel)), List.of(new Cursor.At(5, 77))));
        }

        assertThat(service.rings()).isZero();
    }

    @Test
    void idsThatAreOlderThanTheTtl_leaveNoHistories() {
        List<String> channels =
                IntStream.range(0, CLIENTS).mapToObj(i -> "short.old" + i).toList();
        List<String> ids = channels.stream().map(OldIdIT::publish).toList();
        // On a slow machine the first ones are gone again.
        assertThat(service.rings()).isBetween(1, CLIENTS);
        Eventually.see("rings that are left", Duration.ofSeconds(30), service::rings, rings -> rings == 0);
        for (int i = 0; i < CLIENTS; i++) {
            come(channels.get(i), ids.get(i));
        }

        assertThat(service.rings()).isZero();
        // A history is made again where there is something to keep, and goes again.
        assertThat(publish(channels.get(0))).isNotEmpty();
        assertThat(service.rings()).isEqualTo(1);
        Eventually.see("rings that are left", Duration.ofSeconds(30), service::rings, rings -> rings == 0);
    }

    /** A client that comes with an id, at each door. */
    private static void come(String channel, String id) {
        try (EventStreamReader reader =
                EventStreamReader.open(node.uri("/stream/" + channel), Map.of("Last-Event-ID", id))) {
            assertThat(reader.await("stream-reset").json().getString("reason")).isEqualTo("lost");
        }
        HttpResponse<String> page = node.get("/history/" + channel + "?after=" + id);
        assertThat(page.statusCode()).as(page.body()).isEqualTo(200);
        assertThat(new JsonObject(page.body()).getString("reset")).isEqualTo("lost");
        JsonObject question = new JsonObject().put("channel", channel).put("after", id);
        JsonObject answer = service.request("sse.history", question, Map.of());
        assertThat(answer.getJsonArray("events")).as(answer.encode()).isEmpty();
    }

    private static String publish(String channel) {
        HttpResponse<String> answer = node.post("/publish/" + channel, "{\"data\": \"x\"}");
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(201);
        return new JsonObject(answer.body()).getString("id");
    }
}
