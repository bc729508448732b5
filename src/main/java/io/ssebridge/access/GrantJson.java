package io.ssebridge.access;

import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/** Writes grants as JSON, for other nodes of the cluster. They trust it: only a node that has checked a token sends it. */
public final class GrantJson {
    private static final String SUBJECT = "sub";
    private static final String SUBSCRIBE = "subscribe";
    private static final String PUBLISH = "publish";
    private static final String ADMIN = "admin";
    private static final String PROPERTIES = "properties";
    private static final String EXPIRES_MILLIS = "expires";

    private GrantJson() {}

    /**
     * Writes a grant.
     *
     * @param grant the grant
     */
    public static JsonObject encode(Grant grant) {
        return new JsonObject()
                .put(SUBJECT, grant.subject())
                .put(SUBSCRIBE, texts(grant.subscribe()))
                .put(PUBLISH, texts(grant.publish()))
                .put(ADMIN, texts(grant.admin()))
                .put(PROPERTIES, new JsonObject(grant.properties()))
                .put(EXPIRES_MILLIS, grant.expires().toEpochMilli());
    }

    /**
     * Reads a grant.
     *
     * @param json as {@link #encode} writes it
     * @throws IllegalArgumentException if it is not a grant
     */
    public static Grant decode(JsonObject json) {
        try {
            return new Grant(
                    json.getString(SUBJECT),
                    patterns(json, SUBSCRIBE),
                    patterns(json, PUBLISH),
                    patterns(json, ADMIN),
                    json.getJsonObject(PROPERTIES).getMap(),
                    Instant.ofEpochMilli(json.getLong(EXPIRES_MILLIS)));
        } catch (ClassCastException | NullPointerException e) {
            throw new IllegalArgumentException("grant: is malformed", e);
        }
    }

    private static JsonArray texts(List<ChannelPattern> patterns) {
        return new JsonArray(patterns.stream().map(ChannelPattern::toString).toList());
    }

    private static List<ChannelPattern> patterns(JsonObject json, String right) {
        return json.getJsonArray(right).stream()
                .map(text -> ChannelPattern.of((String) text))
                .toList();
    }
}
