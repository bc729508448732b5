package io.ssebridge.control;

import io.ssebridge.access.Grant;
import io.ssebridge.access.GrantJson;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The requests about open streams that nodes send to each other, as JSON. */
final class StreamMessages {
    private static final String REQUEST = "request";
    private static final String ID = "subscriber";
    private static final String GRANT = "grant";
    private static final String FITS_COOKIE = "fitsCookie";
    private static final String CHANNELS = "channels";
    private static final String BLOCK_MILLIS = "blockMillis";
    private static final String COUNT = "count";
    private static final String SUBJECTS = "subjects";
    private static final String COUNTS = "counts";

    /** The kind of a request. */
    enum Request {
        /** Extends a stream. Answer: an {@link Extension}. */
        EXTEND,
        /** Describes a stream. Answer: the description, or an empty object. */
        EXPLAIN,
        /** Ends a stream. Answer: the number of ended streams, 0 or 1. */
        DISCONNECT,
        /** Ends the streams of a subject, and blocks it. Answer: the number of ended streams. */
        DISCONNECT_SUBJECT,
        /** Blocks a subject. */
        BLOCK,
        /** Asks for the numbers of streams of subjects. Answer: the numbers, in the same order. */
        COUNT
    }

    private StreamMessages() {}

    static JsonObject extend(SubscriberId id, Grant fresh, boolean fitsCookie) {
        return request(Request.EXTEND)
                .put(ID, id.text())
                .put(GRANT, GrantJson.encode(fresh))
                .put(FITS_COOKIE, fitsCookie);
    }

    static JsonObject explain(SubscriberId id, Grant by) {
        return of(Request.EXPLAIN, id, Optional.of(by));
    }

    static JsonObject disconnect(SubscriberId id, Optional<Grant> by) {
        return of(Request.DISCONNECT, id, by);
    }

    private static JsonObject of(Request kind, SubscriberId id, Optional<Grant> by) {
        JsonObject request = request(kind).put(ID, id.text());
        by.ifPresent(grant -> request.put(GRANT, GrantJson.encode(grant)));
        return request;
    }

    static JsonObject disconnect(SubjectChannels from, Duration block) {
        return of(Request.DISCONNECT_SUBJECT, from, block);
    }

    static JsonObject block(SubjectChannels from, Duration block) {
        return of(Request.BLOCK, from, block);
    }

    private static JsonObject of(Request request, SubjectChannels channels, Duration block) {
        return request(request).put(CHANNELS, channels.encode()).put(BLOCK_MILLIS, block.toMillis());
    }

    static JsonObject count(List<String> subjects) {
        return request(Request.COUNT).put(SUBJECTS, new JsonArray(subjects));
    }

    static List<String> subjects(JsonObject request) {
        return request.getJsonArray(SUBJECTS, new JsonArray()).stream()
                .map(String.class::cast)
                .toList();
    }

    static JsonObject counted(List<Integer> counts) {
        return new JsonObject().put(COUNTS, new JsonArray(counts));
    }

    /** Reads the numbers in an answer. */
    static List<Integer> counts(JsonObject answer) {
        return answer.getJsonArray(COUNTS, new JsonArray()).stream()
                .map(Integer.class::cast)
                .toList();
    }

    static JsonObject counted(int count) {
        return new JsonObject().put(COUNT, count);
    }

    private static JsonObject request(Request request) {
        return new JsonObject().put(REQUEST, request.name());
    }

    /**
     * Reads the kind of a request.
     *
     * @throws IllegalArgumentException if it has none
     */
    static Request kind(JsonObject request) {
        try {
            return Request.valueOf(request.getString(REQUEST, ""));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("request: is unknown", e);
        }
    }

    /**
     * Reads the stream of a request.
     *
     * @throws IllegalArgumentException if it has none
     */
    static SubscriberId id(JsonObject request) {
        return SubscriberId.parse(request.getString(ID, ""))
                .orElseThrow(() -> new IllegalArgumentException("subscriber: is not an id"));
    }

    static Optional<Grant> grant(JsonObject request) {
        return Optional.ofNullable(request.getJsonObject(GRANT)).map(GrantJson::decode);
    }

    static boolean fitsCookie(JsonObject request) {
        return request.getBoolean(FITS_COOKIE, false);
    }

    static SubjectChannels channels(JsonObject request) {
        return SubjectChannels.decode(request.getString(CHANNELS, ""));
    }

    static Duration block(JsonObject request) {
        return Duration.ofMillis(request.getLong(BLOCK_MILLIS, 0L));
    }

    /** Reads the number in an answer. */
    static int count(JsonObject answer) {
        return answer.getInteger(COUNT, 0);
    }
}
