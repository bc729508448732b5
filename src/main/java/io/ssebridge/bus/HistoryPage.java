package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.EventId;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Selector;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.EventPage;
import io.ssebridge.history.ReadingQueue.Turn;
import io.ssebridge.history.Replay;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * A request for a page of a channel's history. {@code after} takes precedence over {@code last}, and {@code last} over
 * {@code sinceMillis}.
 *
 * @param after the id of the event after which the page begins
 * @param last the page begins this many events before the end of the history
 * @param sinceMillis the time of the first event, in milliseconds since 1970
 * @param limit the largest number of events
 */
public record HistoryPage(Optional<String> after, OptionalInt last, OptionalLong sinceMillis, int limit) {
    /** The default number of events of a page. */
    public static final int DEFAULT_LIMIT = 100;

    /** The largest number of events of a page. */
    public static final int MAX_LIMIT = 1_000;

    /** The approximate largest size of the events of a page, in bytes. */
    public static final int MAX_BYTES = HistoryReader.PAGE_BYTES;

    private static final long USUAL_MAX_EVENT_BYTES = 64 << 10;

    /** Checks the bounds. */
    public HistoryPage {
        if (limit < 1 || limit > MAX_LIMIT) {
            throw new IllegalArgumentException("limit: %d (expected: 1 to %d)".formatted(limit, MAX_LIMIT));
        }
        if (last.isPresent() && last.getAsInt() < 0) {
            throw new IllegalArgumentException("last: %d (expected: 0 or more)".formatted(last.getAsInt()));
        }
    }

    /**
     * Reads the page.
     *
     * @param history the histories
     * @param channel the channel
     * @param tail the newest frame of the channel
     * @param turn is told of each answer of the history
     * @param filter the events that the reader gets
     * @return the events, oldest first, and the id for the request of the next page
     */
    Future<PageAnswer> read(HistoryReader history, ChannelName channel, Cursor tail, Turn turn, EventFilter filter) {
        return start(history, channel, tail, filter)
                .compose(start -> history.page(channel, start, tail, limit, turn, filter))
                .map(page -> new PageAnswer(json(channel, page, filter.profile() == null), page.selective()));
    }

    /**
     * A page as JSON.
     *
     * @param selective whether the page depends on the reader
     */
    record PageAnswer(JsonObject json, boolean selective) {}

    /** Tells whether it begins a number of events before the end. */
    boolean isOfNewest() {
        return after.isEmpty() && last.isPresent();
    }

    /** Returns the largest size of the page in bytes, if its events have the usual size. */
    long maxBytes() {
        return Math.min(limit * USUAL_MAX_EVENT_BYTES, MAX_BYTES);
    }

    private Future<Replay> start(HistoryReader history, ChannelName channel, Cursor tail, EventFilter filter) {
        if (after.isPresent()) {
            Map<ChannelName, Cursor> cursors =
                    EventId.decode(after.get(), List.of(channel)).orElse(Map.of());
            Cursor cursor = cursors.get(channel);
            if (cursor == null) {
                return Future.failedFuture(new IllegalArgumentException("after: is not an event id of this channel"));
            }
            return history.resume(channel, cursor, tail);
        }
        if (last.isPresent()) {
            return history.last(channel, last.getAsInt(), filter, tail);
        }
        return history.since(channel, sinceMillis.orElse(0), tail);
    }

    private static JsonObject json(ChannelName channel, EventPage page, boolean withSelectors) {
        @Nullable String next = page.more() ? id(channel, page.end()) : null;
        JsonObject json = new JsonObject()
                .put("channel", channel.value())
                .put(
                        "events",
                        new JsonArray(page.events().stream()
                                .map(event -> json(channel, event, withSelectors))
                                .toList()))
                .put("next", next);
        page.reset().ifPresent(reason -> json.put("reset", reason.word()));
        return json;
    }

    private static JsonObject json(ChannelName channel, NumberedFrame frame, boolean withSelectors) {
        Event event = frame.event();
        JsonObject json = new JsonObject()
                .put("id", id(channel, frame.cursor()))
                .put("sequence", frame.sequence())
                .put("tag", frame.cursor().tagText())
                .put("event", event.type())
                .put("datacontenttype", event.contentType())
                .put("data", event.data())
                .put("time", Instant.ofEpochMilli(frame.frame().timeMillis()).toString());
        if (event.from() != null) {
            json.put("from", event.from());
        }
        if (event.retry() != null) {
            json.put("retry", event.retry().toMillis());
        }
        Selector selector = event.selector();
        if (withSelectors && selector != null) {
            put(json, Selector.TO, selector.to());
            put(json, Selector.EXCEPT, selector.except());
        }
        return json;
    }

    private static void put(JsonObject json, String key, Map<String, Object> conditions) {
        if (!conditions.isEmpty()) {
            json.put(key, new JsonObject(new LinkedHashMap<>(conditions)));
        }
    }

    private static String id(ChannelName channel, Cursor cursor) {
        return EventId.encode(List.of(channel), List.of(cursor));
    }
}
