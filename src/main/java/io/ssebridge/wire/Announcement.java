package io.ssebridge.wire;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A message of a leader to the attached nodes about a channel's history. Everything in it is appended and
 * acknowledged, and can be read.
 *
 * @param channel the channel
 * @param from the frame after which the announcement begins
 * @param frames the events after {@code from} up to {@code tail}; an empty list only says how far the history reaches
 * @param tail the newest frame of the history
 */
public record Announcement(ChannelName channel, Cursor from, List<NumberedFrame> frames, Cursor tail) {
    /** Encodes the announcement as the body of a message. */
    public Buffer encode() {
        Buffer bytes = Buffer.buffer();
        MessageCodec.append(bytes, channel);
        MessageCodec.append(bytes, from);
        MessageCodec.append(bytes, tail);
        for (NumberedFrame each : frames) {
            bytes.appendLong(each.sequence());
            MessageCodec.append(bytes, each.frame());
        }
        return bytes;
    }

    /**
     * Reads an announcement.
     *
     * @throws IllegalArgumentException if the body has another form
     */
    public static Announcement decode(@Nullable Object body) {
        MessageCodec.Reader reader = MessageCodec.Reader.of(body);
        ChannelName channel = reader.channel();
        Cursor from = reader.cursor();
        Cursor tail = reader.cursor();
        List<NumberedFrame> frames = reader.numbered();
        if (frames.stream().anyMatch(each -> each.sequence() < 0 || each.frame() instanceof GenesisFrame)) {
            throw new IllegalArgumentException(
                    "announcement: a genesis frame or a negative sequence (expected: events only)");
        }
        return new Announcement(channel, from, frames, tail);
    }
}
