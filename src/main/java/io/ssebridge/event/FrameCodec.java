package io.ssebridge.event;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The form in which frames are stored and sent between nodes. It consists of bytes, so that cluster members without our
 * classes can store them. Numbers are big-endian. A text is its length in bytes (-1: no text), followed by its UTF-8.
 */
public final class FrameCodec {
    // Version 1 had the same form, but its tags had another meaning.
    private static final byte VERSION = 2;
    private static final int FIXED_BYTES = 1 + Long.BYTES * 4 + Integer.BYTES * 5;
    private static final int NONE = -1;

    private FrameCodec() {}

    /**
     * Encodes a frame.
     *
     * @param frame the frame
     */
    public static byte[] encode(Frame frame) {
        Event event = frame.content();
        byte[] name = bytes(event == null ? null : event.name());
        byte[] data = bytes(event == null ? null : event.data());
        Duration retry = event == null ? null : event.retry();
        ByteBuffer to = ByteBuffer.allocate(FIXED_BYTES + name.length + data.length)
                .put(VERSION)
                .putLong(frame.uid())
                .putLong(frame.base())
                .putInt(frame.place())
                .putInt(frame.previousTag())
                .putLong(frame.time())
                .putLong(frame.since())
                .putInt(retry == null ? NONE : (int) retry.toMillis());
        to.putInt(event == null || event.name() == null ? NONE : name.length).put(name);
        to.putInt(event == null ? NONE : data.length).put(data);
        return to.array();
    }

    /**
     * Decodes a frame that {@link #encode} has encoded.
     *
     * @param bytes the bytes
     * @throws IllegalArgumentException if they are not a frame, or have a version that this node does not know
     */
    public static Frame decode(byte[] bytes) {
        ByteBuffer from = ByteBuffer.wrap(bytes);
        try {
            byte version = from.get();
            if (version != VERSION) {
                throw new IllegalArgumentException("frame: version %d (expected: %d)".formatted(version, VERSION));
            }
            long uid = from.getLong();
            long base = from.getLong();
            int place = from.getInt();
            int previousTag = from.getInt();
            long time = from.getLong();
            long since = from.getLong();
            int retry = from.getInt();
            String name = text(from);
            String data = text(from);
            if (from.hasRemaining()) {
                throw new IllegalArgumentException("frame: %d bytes after its end".formatted(from.remaining()));
            }
            Event event = data == null ? null : new Event(name, data, retry < 0 ? null : Duration.ofMillis(retry));
            return new Frame(uid, base, place, previousTag, time, event, since);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("frame: %d bytes end too early".formatted(bytes.length), e);
        }
    }

    private static byte[] bytes(@Nullable String text) {
        return text == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
    }

    private static @Nullable String text(ByteBuffer from) {
        int length = from.getInt();
        if (length < 0) {
            return null;
        }
        if (length > from.remaining()) {
            throw new BufferUnderflowException();
        }
        byte[] bytes = new byte[length];
        from.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
