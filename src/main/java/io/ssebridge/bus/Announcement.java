package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventCodec;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * A leader tells the nodes that listen which events have got which numbers.
 *
 * @param channel the channel
 * @param life the life of the channel that the numbers belong to: a new leader begins a new one
 * @param first the sequence of the first event
 * @param events the events, in order
 */
record Announcement(ChannelName channel, long life, long first, List<Event> events) {
    Buffer encode() {
        byte[] name = channel.value().getBytes(StandardCharsets.UTF_8);
        Buffer bytes = Buffer.buffer()
                .appendInt(name.length)
                .appendBytes(name)
                .appendLong(life)
                .appendLong(first);
        EventCodec.encode(bytes, events);
        return bytes;
    }

    static Announcement decode(Buffer bytes) {
        try {
            int nameEnd = Integer.BYTES + bytes.getInt(0);
            ChannelName channel = new ChannelName(bytes.getString(Integer.BYTES, nameEnd));
            long life = bytes.getLong(nameEnd);
            long first = bytes.getLong(nameEnd + Long.BYTES);
            return new Announcement(channel, life, first, EventCodec.decode(bytes, nameEnd + 2 * Long.BYTES));
        } catch (IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("announcement: %d bytes end too early".formatted(bytes.length()), e);
        }
    }
}
