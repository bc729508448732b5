package io.ssebridge.event;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.ssebridge.channel.Stamp;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** Writes the publisher into events, as the {@link Stamp} of a rule says. */
public final class EventStamp {
    private EventStamp() {}

    /**
     * Stamps an event. Data that is not a JSON object stays as it is.
     *
     * @param stamp says what is written
     * @param event an event as its publisher has sent it
     * @param publisher the publisher; {@link Profile#ANONYMOUS}: it is not known, and claims are only removed
     */
    public static Event apply(Stamp stamp, Event event, Profile publisher) {
        EventAttributes attributes = event.attributes();
        String data = event.isJson() && stamp.changesData() ? stamped(stamp, event.data(), publisher) : event.data();
        return new Event(event.name(), data, event.retry(), attributes.withFrom(publisher.subject()));
    }

    private static String stamped(Stamp stamp, String data, Profile publisher) {
        try (JsonParser in = SelectorJson.parser(data)) {
            return in.nextToken() == JsonToken.START_OBJECT ? stamped(stamp, in, publisher) : data;
        } catch (IOException e) {
            // The data has been parsed before.
            throw new UncheckedIOException(e);
        }
    }

    private static String stamped(Stamp stamp, JsonParser in, Profile publisher) throws IOException {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = CompactJson.generator(text)) {
            out.writeStartObject();
            while (in.nextToken() != JsonToken.END_OBJECT) {
                String name = in.currentName();
                JsonToken unused = in.nextToken();
                if (stamp.owns(name)) {
                    in.skipChildren();
                } else {
                    out.writeFieldName(name);
                    CompactJson.copy(in, out);
                }
            }
            if (stamp.field() != null) {
                write(out, stamp.field(), publisher.subject());
            }
            for (String property : stamp.properties()) {
                write(out, property, publisher.properties().get(property));
            }
            out.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, String name, @Nullable Object value) throws IOException {
        if (value != null) {
            out.writeFieldName(name);
            out.writeObject(value);
        }
    }
}
