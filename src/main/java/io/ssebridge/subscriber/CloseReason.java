package io.ssebridge.subscriber;

import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** The reason why the bridge ends a stream. The subscriber gets it in a {@code stream-error}. */
public enum CloseReason {
    /** The token that opened the stream has expired. */
    TOKEN_EXPIRED("token-expired"),
    /** The subject's new token no longer covers the channels of the stream. */
    ACCESS_LOST("access-lost"),
    /** The subject or an administrator has disconnected the stream. */
    DISCONNECTED("disconnected"),
    /** The stream has reached the configured age. */
    MAX_AGE("max-age"),
    /** The node cannot serve the stream's channels now. */
    UNAVAILABLE("unavailable"),
    /** The node is about to stop; the other nodes continue. */
    DRAINING("draining"),
    /** All channels of the stream have ended. */
    ENDED("ended");

    private static final Duration LEAST_RETRY = Duration.ofSeconds(5);
    private static final Duration MOST_RETRY = Duration.ofSeconds(15);

    private final String word;

    CloseReason(String word) {
        this.word = word;
    }

    String word() {
        return word;
    }

    Buffer frame() {
        JsonObject data = new JsonObject().put("reason", word).put("reconnect", mayReconnect());
        return EventEncoder.encode(new Event("stream-error", data.encode(), retry()));
    }

    /** Tells whether the client can open the same stream again. */
    private boolean mayReconnect() {
        return this != ACCESS_LOST && this != DISCONNECTED && this != ENDED;
    }

    /** A node that is full, or a channel without a leader, is not asked again by everybody at the same moment. */
    private @Nullable Duration retry() {
        return this == UNAVAILABLE
                ? Duration.ofMillis(ThreadLocalRandom.current().nextLong(LEAST_RETRY.toMillis(), MOST_RETRY.toMillis()))
                : null;
    }
}
