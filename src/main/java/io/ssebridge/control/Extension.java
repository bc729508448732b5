package io.ssebridge.control;

import io.vertx.core.json.JsonObject;
import java.time.Instant;

/** The result of the request to extend a stream by a new token. */
public sealed interface Extension {
    /**
     * The stream goes on with the new token.
     *
     * @param expires the time when the stream ends now
     * @param byCookie whether the stream was opened with the session cookie, which should be renewed too
     */
    record Extended(Instant expires, boolean byCookie) implements Extension {}

    /** No open stream of the token's subject has this id. */
    record NoStream() implements Extension {}

    /** The stream was opened without a token, and so it does not expire. */
    record Anonymous() implements Extension {}

    /** The stream was opened with the session cookie, but the new token cannot be kept in it. Nothing has changed. */
    record CookieRefused() implements Extension {}

    /**
     * The new token no longer covers a channel of the stream, and the stream has been ended.
     *
     * @param channel the first such channel
     * @param reason the reason, which may be shown to the client
     */
    record AccessLost(String channel, String reason) implements Extension {}

    /** Writes the result for another node. */
    default JsonObject toJson() {
        JsonObject json = new JsonObject().put("result", getClass().getSimpleName());
        if (this instanceof Extended extended) {
            return json.put("expires", extended.expires().toEpochMilli()).put("byCookie", extended.byCookie());
        }
        return this instanceof AccessLost lost
                ? json.put("channel", lost.channel()).put("reason", lost.reason())
                : json;
    }

    /**
     * Reads the result that another node has written.
     *
     * @param json as {@link #toJson} writes it
     */
    static Extension of(JsonObject json) {
        return switch (json.getString("result", "")) {
            case "Extended" ->
                new Extended(Instant.ofEpochMilli(json.getLong("expires")), json.getBoolean("byCookie", false));
            case "Anonymous" -> new Anonymous();
            case "CookieRefused" -> new CookieRefused();
            case "AccessLost" -> new AccessLost(json.getString("channel", ""), json.getString("reason", ""));
            default -> new NoStream();
        };
    }
}
