package io.ssebridge.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Publishes events on each channel before the streams are opened, so that the streams have events to catch up with. */
final class Prelude {
    private Prelude() {}

    /**
     * Publishes on each channel one event that is not counted, and then the given number of events that are counted.
     *
     * @return the id of each channel from which streams resume
     * @throws IllegalStateException if the server refuses or answers without an id
     */
    static List<String> play(Load load, Target target, Sent sent, int events) {
        HttpClient http =
                HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        List<String> ids = new ArrayList<>();
        for (int channel = 0; channel < load.channels(); channel++) {
            String first = publish(http, target, channel, "the first".getBytes(StandardCharsets.US_ASCII));
            ids.add(new JsonObject(first).getString("id"));
            int publisher = load.publisher(channel);
            for (int i = 0; i < events; i++) {
                String unused = publish(
                        http, target, channel, Payload.of(publisher, sent.next(publisher, channel), 0, load.size()));
            }
        }
        return ids;
    }

    private static String publish(HttpClient http, Target target, int channel, byte[] data) {
        URI uri = target.servers().get(0).resolve(target.publishPath().replace("{channel}", target.name(channel)));
        HttpRequest.Builder request = HttpRequest.newBuilder(uri)
                .header("Content-Type", target.contentType())
                .POST(HttpRequest.BodyPublishers.ofByteArray(data));
        for (String header : target.publishHeaders()) {
            String[] parts = header.split(":", 2);
            request.header(parts[0], parts[1].strip());
        }
        try {
            HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() / 100 != 2) {
                throw new IllegalStateException("publishing: " + answer.statusCode() + " " + answer.body());
            }
            return answer.body();
        } catch (IOException e) {
            throw new IllegalStateException("publishing: " + e.getMessage(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", e);
        }
    }
}
