package io.ssebridge.subscriber;

import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * When a stream has to end.
 *
 * @param expires when its token expires, in milliseconds since 1970; {@link Long#MAX_VALUE}: never
 * @param ends when it reaches the configured age, likewise
 */
public record Lifetime(long expires, long ends) {
    Buffer warning() {
        JsonObject data = new JsonObject()
                .put("reason", "token-expires")
                .put("at", Instant.ofEpochMilli(expires).toString());
        return EventEncoder.encode(new Event("stream-warning", data.encode(), null));
    }
}
