package io.ssebridge.hub;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventAttributes;
import io.ssebridge.event.TraceParent;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Writes events in the <a
 * href="https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md">JSON format of
 * CloudEvents</a>. Any thread.
 */
final class CloudEvent {
    private static final JsonFactory JSON = new JsonFactory();
    // https://www.rfc-editor.org/rfc/rfc3986#section-2.3
    private static final String UNRESERVED = "-._~";
    // The attributes, without the data.
    private static final int ATTRIBUTE_BYTES = 256;

    private CloudEvent() {}

    /**
     * Writes one event. Data that was published as JSON is copied as it is, digit for digit; other data becomes a string.
     *
     * @param attributes the attributes of the event, which its encoded form does not have
     * @param cursor the cursor directly after the event: with the channel it identifies the event
     * @param timeMillis when the leader received the event, in milliseconds since 1970
     */
    static String json(ChannelName channel, Event event, EventAttributes attributes, Cursor cursor, long timeMillis) {
        return json(channel, event, attributes, id(cursor), timeMillis);
    }

    /**
     * Writes one event of a snapshot. Its id is different from all others, since two snapshots of one state may differ.
     *
     * @param at the cursor of the snapshot
     * @param index the index of the event in the snapshot
     * @param timeMillis when the snapshot came, in milliseconds since 1970
     */
    static String snapshotJson(ChannelName channel, Event event, Cursor at, int index, long timeMillis) {
        return json(
                channel,
                event,
                EventAttributes.NONE,
                "%s-snapshot-%d-%d".formatted(id(at), timeMillis, index),
                timeMillis);
    }

    private static String json(
            ChannelName channel, Event event, EventAttributes attributes, String id, long timeMillis) {
        StringWriter text = new StringWriter(event.data().length() + ATTRIBUTE_BYTES);
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.writeStartObject();
            json.writeStringField("specversion", "1.0");
            json.writeStringField("id", id);
            json.writeStringField("source", "/channels/" + segment(channel.value()));
            json.writeStringField("type", event.type());
            json.writeStringField("time", Instant.ofEpochMilli(timeMillis).toString());
            json.writeStringField("channel", channel.value());
            if (attributes.from() != null) {
                json.writeStringField("from", attributes.from());
            }
            if (attributes.traceparent() != null) {
                // https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/extensions/distributed-tracing.md
                json.writeStringField(TraceParent.NAME, attributes.traceparent());
            }
            json.writeStringField("datacontenttype", event.contentType());
            json.writeFieldName("data");
            if (event.isJson()) {
                json.writeRawValue(event.data());
            } else {
                json.writeString(event.data());
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    private static String id(Cursor cursor) {
        return cursor instanceof Cursor.At at ? at.sequence() + "-" + at.tagText() : "start";
    }

    /** Encodes a text as one segment of a path. */
    private static String segment(String text) {
        StringBuilder path = new StringBuilder(text.length());
        for (byte each : text.getBytes(StandardCharsets.UTF_8)) {
            char c = (char) (each & 0xff);
            if (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || UNRESERVED.indexOf(c) >= 0) {
                path.append(c);
            } else {
                path.append("%%%02X".formatted((int) c));
            }
        }
        return path.toString();
    }
}
