package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.Replay;
import io.ssebridge.subscriber.StreamOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;

/**
 * One event of a channel as its subscribers get it: encoded once, shared by all. Immutable, any thread.
 *
 * @param body its lines before the id for the streams of several channels: without a reconnection time, which would hold
 *     for the other channels too
 * @param cursor the cursor behind it
 * @param alone the whole frame for the streams that have this channel alone, whose ids are the same
 * @param hasId whether it has an id; the body of one without is the whole frame
 * @param time when its leader got it, in milliseconds since 1970; of a notice {@link #ALWAYS}
 */
record Entry(Buffer body, Cursor cursor, Buffer alone, boolean hasId, long time) {
    // From so many bytes on, sharing the copy outside the heap costs less than copying.
    private static final int LARGE = 1 << 11;

    /** The time of what never expires. */
    static final long ALWAYS = Long.MAX_VALUE;

    /** An event; without an id where its channel has no history, for there would be nothing to come back to. */
    static Entry of(ChannelName channel, Numbered numbered, boolean withId, StreamOptions streams) {
        Event event = streams.bounded(
                Objects.requireNonNull(numbered.frame().content(), "a genesis frame is nobody's to see"));
        long time = numbered.frame().time();
        return withId ? of(channel, event, numbered.cursor(), time) : withoutId(event, numbered.cursor(), time);
    }

    /** Tells that events before a cursor are missing. */
    static Entry reset(ChannelName channel, Replay.Reason reason, Cursor cursor) {
        return of(channel, resetEvent(List.of(channel), reason), cursor, ALWAYS);
    }

    static Event resetEvent(List<ChannelName> channels, Replay.Reason reason) {
        JsonObject data = new JsonObject()
                .put(
                        "channels",
                        new JsonArray(channels.stream().map(ChannelName::value).toList()))
                .put("reason", reason.word());
        return new Event("stream-reset", data.encode(), null);
    }

    /** Whether it says something about the channel's events, and is none. */
    boolean isNotice() {
        return time == ALWAYS;
    }

    /** Whether streams with ids of their own share its body rather than copy it. */
    boolean isLarge() {
        return body.length() >= LARGE;
    }

    private static Entry withoutId(Event event, Cursor cursor, long time) {
        Buffer alone = EventEncoder.encode(event);
        Buffer body = event.retry() == null ? alone : EventEncoder.encode(event.withoutRetry());
        return new Entry(body, cursor, alone, false, time);
    }

    private static Entry of(ChannelName channel, Event event, Cursor cursor, long time) {
        byte[] body = EventEncoder.body(event);
        Buffer end = EventEncoder.end(EventId.encode(List.of(channel), List.of(cursor)));
        Buffer alone =
                Buffer.buffer(body.length + end.length()).appendBytes(body).appendBuffer(end);
        return new Entry(
                event.retry() == null
                        ? alone.slice(0, body.length)
                        : Buffer.buffer(EventEncoder.body(event.withoutRetry())),
                cursor,
                alone,
                true,
                time);
    }
}
