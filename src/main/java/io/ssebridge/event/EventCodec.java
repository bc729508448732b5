package io.ssebridge.event;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The form in which events travel between nodes: a version, a count, and for each event its retry in milliseconds (-1:
 * none), its name (length -1: none) and its data. Numbers are big-endian, texts UTF-8 with their length in bytes before.
 */
public final class EventCodec {
    private static final byte VERSION = 1;

    private EventCodec() {}

    /**
     * Appends events to a buffer.
     *
     * @param to the buffer to append to
     * @param events the events
     */
    public static void encode(Buffer to, List<Event> events) {
        to.appendByte(VERSION);
        to.appendInt(events.size());
        for (Event event : events) {
            Duration retry = event.retry();
            to.appendInt(retry == null ? -1 : (int) retry.toMillis());
            appendText(to, event.name());
            appendText(to, event.data());
        }
    }

    /**
     * Reads what {@link #encode} appended.
     *
     * @param from a buffer that ends with the events
     * @param start where they begin
     * @throws IllegalArgumentException if these are no events, or of a version that this node does not know
     */
    public static List<Event> decode(Buffer from, int start) {
        try {
            byte version = from.getByte(start);
            if (version != VERSION) {
                throw new IllegalArgumentException("events: version %d (expected: %d)".formatted(version, VERSION));
            }
            Reader reader = new Reader(from, start + 1);
            int count = reader.integer();
            List<Event> events = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                int retry = reader.integer();
                String name = reader.text();
                String data = reader.text();
                if (data == null) {
                    throw new IllegalArgumentException("events: one without data");
                }
                events.add(new Event(name, data, retry < 0 ? null : Duration.ofMillis(retry)));
            }
            return List.copyOf(events);
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("events: %d bytes end too early".formatted(from.length() - start), e);
        }
    }

    private static void appendText(Buffer to, @Nullable String text) {
        if (text == null) {
            to.appendInt(-1);
            return;
        }
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        to.appendInt(bytes.length).appendBytes(bytes);
    }

    private static final class Reader {
        private final Buffer from;
        private int position;

        private Reader(Buffer from, int position) {
            this.from = from;
            this.position = position;
        }

        private int integer() {
            int value = from.getInt(position);
            position += Integer.BYTES;
            return value;
        }

        private @Nullable String text() {
            int length = integer();
            if (length < 0) {
                return null;
            }
            String text = from.getString(position, position + length);
            position += length;
            return text;
        }
    }
}
