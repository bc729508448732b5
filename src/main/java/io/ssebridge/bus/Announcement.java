package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.vertx.core.buffer.Buffer;
import java.util.List;

/**
 * A leader tells the nodes that listen what is in a channel's history: appended, acknowledged, and to be read.
 *
 * @param channel the channel
 * @param from behind which frame it begins
 * @param frames the events between {@code from} and {@code tail}; none: it only says how far the history goes
 * @param tail up to which frame it reaches
 */
record Announcement(ChannelName channel, Cursor from, List<Numbered> frames, Cursor tail) {
    Buffer encode() {
        Buffer bytes = Buffer.buffer();
        Frames.append(bytes, channel);
        Frames.append(bytes, from);
        Frames.append(bytes, tail);
        for (Numbered each : frames) {
            bytes.appendLong(each.sequence());
            Frames.append(bytes, each.frame());
        }
        return bytes;
    }

    static Announcement decode(Buffer bytes) {
        Frames.Reader reader = new Frames.Reader(bytes);
        ChannelName channel = reader.channel();
        Cursor from = reader.cursor();
        Cursor tail = reader.cursor();
        return new Announcement(channel, from, reader.numbered(), tail);
    }
}
