package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventAttributes;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.event.EventId;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Selector;
import io.ssebridge.history.PublishedEvent;
import io.ssebridge.history.Replay;
import io.ssebridge.subscriber.StreamOptions;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One encoded event of a channel: encoded once, shared by all subscribers. Immutable, any thread.
 *
 * @param body the lines before the id, for streams of several channels. It has no reconnection time, which would also
 *     apply to the other channels
 * @param cursor the cursor directly after the event
 * @param alone the whole encoded event, for the streams of only this channel, which all have the same ids; with the
 *     notice that the channel has ended, if the event ends it
 * @param hasId whether it has an id; without an id the body is the whole encoded event
 * @param attributes what the event has besides the encoded lines
 * @param timeMillis when its leader received the event, in milliseconds since 1970; {@link #ALWAYS} for a notice
 */
record EncodedEvent(
        Buffer body, Cursor cursor, Buffer alone, boolean hasId, EventAttributes attributes, long timeMillis) {
    // From this size on, sharing the copy outside the heap costs less than copying.
    private static final int LARGE = 1 << 11;

    /** The time of a notice, which never expires. */
    static final long ALWAYS = Long.MAX_VALUE;

    /**
     * Encodes an event. In a channel without history it gets no id, since a returning client could not continue from
     * it.
     */
    static EncodedEvent of(ChannelName channel, NumberedFrame frame, boolean withId, StreamOptions streams) {
        Event event = streams.bounded(frame.event());
        long timeMillis = frame.frame().timeMillis();
        return withId ? of(channel, event, frame.cursor(), timeMillis) : withoutId(event, frame.cursor(), timeMillis);
    }

    /** Makes the notice that the events before a cursor are missing. */
    static EncodedEvent reset(ChannelName channel, Replay.Reason reason, Cursor cursor) {
        return of(channel, resetEvent(List.of(channel), reason), cursor, ALWAYS);
    }

    /** Returns this event in an envelope. Notices never get one. */
    EncodedEvent in(Envelope envelope, ChannelName channel) {
        if (envelope == Envelope.NONE || isNotice()) {
            return this;
        }
        // The text is read back from the bytes: so channels without such streams keep no text in memory.
        Event plain = EventEncoder.decode(alone, attributes.isJson());
        String json = CloudEvent.json(channel, plain, attributes, cursor, timeMillis);
        Event wrapped = Event.publishedJson(plain.name(), json, plain.retry()).withSelector(selector());
        return with(channel, ends() ? wrapped.ending() : wrapped);
    }

    /** Returns this event with other text. */
    EncodedEvent with(ChannelName channel, Event other) {
        return hasId ? of(channel, other, cursor, timeMillis) : withoutId(other, cursor, timeMillis);
    }

    /** Reads the event back; not for a notice. */
    PublishedEvent published() {
        Event plain = EventEncoder.decode(alone, attributes.isJson());
        Event event = new Event(plain.name(), plain.data(), plain.retry(), attributes);
        return new PublishedEvent((Cursor.At) cursor, timeMillis, event);
    }

    /**
     * Makes the notice that the channel has ended, for a stream that does not get the last event. Its id is that of the
     * event, so that the client does not come back for it.
     */
    EncodedEvent endOnly(ChannelName channel) {
        return of(channel, endEvent(channel), cursor, ALWAYS);
    }

    static Event resetEvent(List<ChannelName> channels, Replay.Reason reason) {
        JsonObject data = new JsonObject()
                .put(
                        "channels",
                        new JsonArray(channels.stream().map(ChannelName::value).toList()))
                .put("reason", reason.word());
        return new Event("stream-reset", data.encode(), null);
    }

    /** Encodes the notice that a channel has ended. It has no id: the event before it has the last one. */
    static Buffer streamEnd(ChannelName channel) {
        return EventEncoder.encode(endEvent(channel));
    }

    private static Event endEvent(ChannelName channel) {
        JsonObject data = new JsonObject().put("channel", channel.value());
        return new Event("stream-end", data.encode(), null);
    }

    /** Returns the selector of the readers that get the event; null: every reader gets it. */
    @Nullable
    Selector selector() {
        return attributes.selector();
    }

    /** Tells whether the event ends its channel. A stream with ids of its own gets {@link #streamEnd} after it. */
    boolean ends() {
        return cursor.isEnd() && !isNotice();
    }

    /** Tells whether this is a notice about the channel's events, not an event. */
    boolean isNotice() {
        return timeMillis == ALWAYS;
    }

    /** Returns the name of the event for browsers. */
    String type() {
        return EventEncoder.type(body);
    }

    /** Tells whether streams with ids of their own share the body instead of copying it. */
    boolean isLarge() {
        return body.length() >= LARGE;
    }

    private static EncodedEvent withoutId(Event event, Cursor cursor, long timeMillis) {
        Buffer alone = EventEncoder.encode(event);
        Buffer body = event.retry() == null ? alone : EventEncoder.encode(event.withRetry(null));
        return new EncodedEvent(body, cursor, alone, false, event.attributes(), timeMillis);
    }

    private static EncodedEvent of(ChannelName channel, Event event, Cursor cursor, long timeMillis) {
        byte[] body = EventEncoder.body(event);
        Buffer end = EventEncoder.end(EventId.encode(List.of(channel), List.of(cursor)));
        Buffer alone =
                Buffer.buffer(body.length + end.length()).appendBytes(body).appendBuffer(end);
        if (event.attributes().end()) {
            alone.appendBuffer(streamEnd(channel));
        }
        return new EncodedEvent(
                event.retry() == null
                        ? alone.slice(0, body.length)
                        : Buffer.buffer(EventEncoder.body(event.withRetry(null))),
                cursor,
                alone,
                true,
                event.attributes(),
                timeMillis);
    }
}
