package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.Replay;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Objects;

/**
 * One event of a channel as its subscribers get it: encoded once, shared by all. Immutable, any thread.
 *
 * @param body its lines before the id
 * @param cursor the cursor behind it
 * @param alone the whole frame for the streams that have this channel alone, whose ids are the same
 * @param hasId whether it has an id; the body of one without is the whole frame
 */
record Entry(Buffer body, Cursor cursor, Buffer alone, boolean hasId) {
    /** An event; without an id where its channel has no history, for there would be nothing to come back to. */
    static Entry of(ChannelName channel, Numbered numbered, boolean withId) {
        Event event = Objects.requireNonNull(numbered.frame().content(), "a genesis frame is nobody's to see");
        return withId ? of(channel, event, numbered.cursor()) : withoutId(event, numbered.cursor());
    }

    /** Tells that events before a cursor are missing. */
    static Entry reset(ChannelName channel, Replay.Reason reason, Cursor cursor) {
        return of(channel, resetEvent(List.of(channel), reason), cursor);
    }

    static Event resetEvent(List<ChannelName> channels, Replay.Reason reason) {
        JsonObject data = new JsonObject()
                .put(
                        "channels",
                        new JsonArray(channels.stream().map(ChannelName::value).toList()))
                .put("reason", reason.word());
        return new Event("stream-reset", data.encode(), null);
    }

    private static Entry withoutId(Event event, Cursor cursor) {
        Buffer frame = EventEncoder.encode(event);
        return new Entry(frame, cursor, frame, false);
    }

    private static Entry of(ChannelName channel, Event event, Cursor cursor) {
        Buffer body = Buffer.buffer().appendBytes(EventEncoder.body(event));
        Buffer alone = body.copy().appendBuffer(EventEncoder.end(EventId.encode(List.of(channel), List.of(cursor))));
        return new Entry(body, cursor, alone, true);
    }
}
