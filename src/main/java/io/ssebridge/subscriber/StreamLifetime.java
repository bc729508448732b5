package io.ssebridge.subscriber;

import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * The times at which a stream has to end.
 *
 * @param expiresMillis when its token expires, by the wall clock, in milliseconds since 1970; {@link Long#MAX_VALUE}:
 *     never
 * @param endsElapsedMillis when it reaches the configured age, by the monotonic clock; {@link Long#MAX_VALUE}: never
 */
public record StreamLifetime(long expiresMillis, long endsElapsedMillis) {
    /** Returns the same lifetime with another expiry of the token. */
    StreamLifetime withExpiry(long otherExpiresMillis) {
        return new StreamLifetime(otherExpiresMillis, endsElapsedMillis);
    }

    Buffer warning() {
        JsonObject data = new JsonObject()
                .put("reason", "token-expires")
                .put("at", Instant.ofEpochMilli(expiresMillis).toString());
        return EventEncoder.encode(new Event("stream-warning", data.encode(), null));
    }
}
