package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

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

    /**
     * Reads an announcement.
     *
     * @throws IllegalArgumentException if the body is anything else
     */
    static Announcement decode(@Nullable Object body) {
        Frames.Reader reader = Frames.Reader.of(body);
        ChannelName channel = reader.channel();
        Cursor from = reader.cursor();
        Cursor tail = reader.cursor();
        List<Numbered> frames = reader.numbered();
        if (frames.stream().anyMatch(each -> each.sequence() < 0 || each.frame().isGenesis())) {
            throw new IllegalArgumentException("announcement: a frame that nobody may see");
        }
        return new Announcement(channel, from, frames, tail);
    }
}
