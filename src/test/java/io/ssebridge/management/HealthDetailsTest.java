package io.ssebridge.management;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.http.NodeHealth;
import io.ssebridge.http.NodeHealth.Check;
import io.ssebridge.testing.FakeClock;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(30)
class HealthDetailsTest {
    private final AtomicBoolean keys = new AtomicBoolean(true);
    private final NodeHealth health = new NodeHealth(
            new FakeClock(),
            new Check("keys", keys::get, () -> new JsonObject().put("failing", !keys.get())),
            new Check("shards", () -> true, () -> new JsonObject().put("led", 64)));

    private static HttpResponse<String> get(int port) throws IOException, InterruptedException {
        return HttpClient.newHttpClient()
                .send(
                        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
    }

    private static Map<String, String> states(HttpResponse<String> answer) {
        Map<String, String> states = new TreeMap<>();
        JsonArray checks = new JsonObject(answer.body()).getJsonArray("checks");
        for (int i = 0; i < checks.size(); i++) {
            states.put(
                    checks.getJsonObject(i).getString("id"),
                    checks.getJsonObject(i).getString("status"));
        }
        return states;
    }

    @Test
    void eachConditionIsThere_andOneThatDoesNotHold_makesTheWholeDown(Vertx vertx) throws Exception {
        HealthDetails details = new HealthDetails(vertx, health);
        HttpServer server = vertx.createHttpServer()
                .requestHandler(details::handle)
                .listen(0, "127.0.0.1")
                .await();

        HttpResponse<String> up = get(server.actualPort());
        assertThat(up.statusCode()).isEqualTo(200);
        assertThat(up.body()).contains("\"led\":64");
        assertThat(states(up)).isEqualTo(Map.of("event-loops", "UP", "keys", "UP", "node", "UP", "shards", "UP"));

        keys.set(false);
        HttpResponse<String> down = get(server.actualPort());
        assertThat(down.statusCode()).isEqualTo(503);
        assertThat(new JsonObject(down.body()).getString("status")).isEqualTo("DOWN");
        assertThat(states(down)).containsEntry("keys", "DOWN").containsEntry("shards", "UP");
        assertThat(health.isReady()).isFalse();

        keys.set(true);
        health.fail(new IllegalStateException("gone"));
        assertThat(states(get(server.actualPort()))).containsEntry("node", "DOWN");
    }
}
