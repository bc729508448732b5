package io.ssebridge.wire;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Frame;
import io.ssebridge.event.FrameCodec;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Encodes and decodes the bodies of messages between nodes: frames, cursors and channel names. The parts of a body are
 * read in the order in which they were written.
 */
public final class MessageCodec {
    private static final long START = -1;

    private MessageCodec() {}

    static void append(Buffer to, ChannelName channel) {
        Buffer name = Buffer.buffer(channel.value());
        to.appendInt(name.length()).appendBuffer(name);
    }

    static void append(Buffer to, Cursor cursor) {
        if (cursor instanceof Cursor.At at) {
            to.appendLong(at.sequence()).appendLong(at.tag());
        } else {
            to.appendLong(START).appendLong(((Cursor.Start) cursor).timeMillis());
        }
    }

    static void append(Buffer to, Frame frame) {
        byte[] bytes = FrameCodec.encode(frame);
        to.appendInt(bytes.length).appendBytes(bytes);
    }

    /** Encodes channel names as the body of a message. */
    public static JsonArray encodeNames(Collection<ChannelName> names) {
        JsonArray array = new JsonArray();
        names.forEach(name -> array.add(name.value()));
        return array;
    }

    /**
     * Reads channel names.
     *
     * @throws IllegalArgumentException if the body has another form
     */
    public static List<ChannelName> decodeNames(@Nullable Object body) {
        if (!(body instanceof JsonArray array)) {
            throw new IllegalArgumentException("names: expected a JsonArray");
        }
        return array.stream().map(MessageCodec::name).toList();
    }

    private static ChannelName name(@Nullable Object value) {
        if (value instanceof String name) {
            return new ChannelName(name);
        }
        throw new IllegalArgumentException("names: expected strings");
    }

    /** Encodes cursors as the body of a message. */
    public static Buffer encodeCursors(List<? extends Cursor> cursors) {
        Buffer bytes = Buffer.buffer();
        cursors.forEach(cursor -> append(bytes, cursor));
        return bytes;
    }

    /**
     * Reads cursors.
     *
     * @param count the expected number of cursors
     * @throws IllegalArgumentException if the body has another form
     */
    public static List<Cursor> decodeCursors(@Nullable Object body, int count) {
        Reader reader = Reader.of(body);
        List<Cursor> cursors = new ArrayList<>();
        while (reader.hasMore()) {
            cursors.add(reader.cursor());
        }
        if (cursors.size() != count) {
            throw new IllegalArgumentException("message: %d cursors (expected: %d)".formatted(cursors.size(), count));
        }
        return cursors;
    }

    /**
     * Reads a message from its beginning. Every read method throws an {@link IllegalArgumentException} if the message
     * ends too early.
     */
    static final class Reader {
        private final Buffer from;
        private int position;

        private Reader(Buffer from) {
            this.from = from;
        }

        /**
         * Creates a reader of a message body.
         *
         * @throws IllegalArgumentException if the body does not consist of bytes
         */
        static Reader of(@Nullable Object body) {
            if (body instanceof Buffer bytes) {
                return new Reader(bytes);
            }
            throw new IllegalArgumentException("message: expected a Buffer");
        }

        boolean hasMore() {
            return position < from.length();
        }

        ChannelName channel() {
            int length = integer();
            check(length);
            ChannelName name = new ChannelName(from.getString(position, position + length));
            position += length;
            return name;
        }

        Cursor cursor() {
            long sequence = number();
            long tagOrTimeMillis = number();
            return sequence == START
                    ? new Cursor.Start(tagOrTimeMillis)
                    : new Cursor.At(sequence, (int) tagOrTimeMillis);
        }

        Frame frame() {
            int length = integer();
            check(length);
            Frame frame = FrameCodec.decode(from.getBytes(position, position + length));
            position += length;
            return frame;
        }

        List<NumberedFrame> numbered() {
            List<NumberedFrame> frames = new ArrayList<>();
            while (hasMore()) {
                frames.add(new NumberedFrame(number(), frame()));
            }
            return List.copyOf(frames);
        }

        long number() {
            check(Long.BYTES);
            position += Long.BYTES;
            return from.getLong(position - Long.BYTES);
        }

        boolean flag() {
            check(Byte.BYTES);
            return from.getByte(position++) != 0;
        }

        private int integer() {
            check(Integer.BYTES);
            position += Integer.BYTES;
            return from.getInt(position - Integer.BYTES);
        }

        private void check(int bytes) {
            if (bytes < 0 || bytes > from.length() - position) {
                throw new IllegalArgumentException("message: %d bytes end too early".formatted(from.length()));
            }
        }
    }
}
