package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Page;
import io.ssebridge.history.Replay;
import io.vertx.core.Future;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/**
 * What of a channel's history is asked for; {@code after} goes before {@code last}, and that before {@code since}.
 *
 * @param after the id of the event behind which to begin
 * @param last so many of the newest events
 * @param since the first event of this time, in milliseconds since 1970
 * @param limit how many events at most
 */
public record HistoryPage(Optional<String> after, OptionalInt last, OptionalLong since, int limit) {
    /** How many events a page has unless told. */
    public static final int DEFAULT_LIMIT = 100;

    /** How many events a page may have. */
    public static final int MAX_LIMIT = 1_000;

    /** How many bytes the events of a page may have, about. */
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
     * @param tail its newest frame
     * @return the events oldest first, and the id to ask with for more
     */
    Future<JsonObject> read(HistoryReader history, ChannelName channel, Cursor tail) {
        return start(history, channel, tail)
                .compose(start -> history.page(channel, start, tail, limit))
                .map(page -> json(channel, page));
    }

    /** What the page may hold at most, in bytes, if its events are of the usual size. */
    long maxBytes() {
        return Math.min(limit * USUAL_MAX_EVENT_BYTES, MAX_BYTES);
    }

    private Future<Replay> start(HistoryReader history, ChannelName channel, Cursor tail) {
        if (after.isPresent()) {
            Map<ChannelName, Cursor> cursors =
                    EventId.decode(after.get(), List.of(channel)).orElse(Map.of());
            Cursor cursor = cursors.get(channel);
            if (cursor == null) {
                return Future.failedFuture(new IllegalArgumentException("after: is no event id of this channel"));
            }
            return history.resume(channel, cursor, tail);
        }
        if (last.isPresent()) {
            return history.last(channel, last.getAsInt(), tail);
        }
        return history.since(channel, since.orElse(0), tail);
    }

    private static JsonObject json(ChannelName channel, Page page) {
        List<Numbered> events = page.events();
        @Nullable String next = page.more() ? id(channel, events.get(events.size() - 1)) : null;
        JsonObject json = new JsonObject()
                .put("channel", channel.value())
                .put(
                        "events",
                        new JsonArray(events.stream()
                                .map(event -> json(channel, event))
                                .toList()))
                .put("next", next);
        page.reset().ifPresent(reason -> json.put("reset", reason.word()));
        return json;
    }

    private static JsonObject json(ChannelName channel, Numbered numbered) {
        Event event = Objects.requireNonNull(numbered.frame().content(), "a genesis frame is nobody's to see");
        return new JsonObject()
                .put("id", id(channel, numbered))
                .put("sequence", numbered.sequence())
                .put("event", event.name() == null ? "message" : event.name())
                .put("data", event.data())
                .put("time", Instant.ofEpochMilli(numbered.frame().time()).toString());
    }

    private static String id(ChannelName channel, Numbered event) {
        return EventId.encode(List.of(channel), List.of(event.cursor()));
    }
}
