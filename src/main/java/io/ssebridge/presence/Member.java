package io.ssebridge.presence;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;

/**
 * One subject that is present on a channel.
 *
 * @param sub the subject
 * @param subscribers the number of its streams
 * @param properties the public properties of its newest stream, as JSON
 * @param openedMillis when that stream was opened, in milliseconds since 1970
 */
record Member(String sub, int subscribers, String properties, long openedMillis) {
    /** Returns the same subject with the streams of another node. */
    Member plus(Member other) {
        Member newest = isNewerThan(other) ? this : other;
        return new Member(sub, subscribers + other.subscribers, newest.properties, newest.openedMillis);
    }

    /** Compares the properties too if both times are equal, so that all nodes choose the same stream. */
    private boolean isNewerThan(Member other) {
        return openedMillis != other.openedMillis
                ? openedMillis > other.openedMillis
                : properties.compareTo(other.properties) > 0;
    }

    /** Returns about the number of bytes in an answer. */
    int bytes() {
        return sub.length() + properties.length();
    }

    /** Encodes the member for another node. */
    JsonArray encode() {
        return new JsonArray().add(sub).add(subscribers).add(properties).add(openedMillis);
    }

    /**
     * Reads a member.
     *
     * @throws RuntimeException if the JSON has another form
     */
    static Member decode(JsonArray json) {
        return new Member(json.getString(0), json.getInteger(1), json.getString(2), json.getLong(3));
    }

    /** Returns the member as callers read it. */
    JsonObject toJson() {
        return new JsonObject()
                .put("sub", sub)
                .put("subscribers", subscribers)
                .put("properties", new JsonObject(properties));
    }
}
