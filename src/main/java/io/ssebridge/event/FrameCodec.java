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
    // Versions 1 and 2 had no attributes, and their tags had another meaning.
    private static final byte VERSION = 3;
    private static final int FIXED_BYTES = 1 + Long.BYTES * 4 + Integer.BYTES * 6;
    // The length of a text that is absent, and the reconnection time of an event that sets none.
    private static final int NONE = -1;
    // The start time of a history, in the frame of an event: only genesis frames have one.
    private static final long NEVER_MILLIS = 0;

    private FrameCodec() {}

    /**
     * Encodes a frame.
     *
     * @param frame the frame
     */
    public static byte[] encode(Frame frame) {
        return frame instanceof EventFrame event ? encode(event) : encode((GenesisFrame) frame);
    }

    private static byte[] encode(EventFrame frame) {
        Event event = frame.event();
        byte[] name = bytes(event.name());
        byte[] data = bytes(event.data());
        String attributes = event.attributes().encode();
        byte[] more = bytes(attributes);
        return head(frame, NEVER_MILLIS, event.retry(), name.length + data.length + more.length)
                .putInt(event.name() == null ? NONE : name.length)
                .put(name)
                .putInt(data.length)
                .put(data)
                .putInt(attributes == null ? NONE : more.length)
                .put(more)
                .array();
    }

    private static byte[] encode(GenesisFrame frame) {
        return head(frame, frame.sinceMillis(), null, 0)
                .putInt(NONE)
                .putInt(NONE)
                .putInt(NONE)
                .array();
    }

    private static ByteBuffer head(Frame frame, long sinceMillis, @Nullable Duration retry, int textBytes) {
        return ByteBuffer.allocate(FIXED_BYTES + textBytes)
                .put(VERSION)
                .putLong(frame.uid())
                .putLong(frame.base())
                .putInt(frame.index())
                .putInt(frame.previousTag())
                .putLong(frame.timeMillis())
                .putLong(sinceMillis)
                .putInt(retry == null ? NONE : (int) retry.toMillis());
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
            int index = from.getInt();
            int previousTag = from.getInt();
            long timeMillis = from.getLong();
            long sinceMillis = from.getLong();
            int retry = from.getInt();
            String name = text(from);
            String data = text(from);
            String attributes = text(from);
            if (from.hasRemaining()) {
                throw new IllegalArgumentException("frame: %d bytes after its end".formatted(from.remaining()));
            }
            if (data == null) {
                return genesis(uid, base, index, previousTag, timeMillis, sinceMillis);
            }
            Event event = new Event(
                    name, data, retry < 0 ? null : Duration.ofMillis(retry), EventAttributes.decode(attributes));
            return new EventFrame(uid, base, index, previousTag, timeMillis, event);
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("frame: %d bytes end too early".formatted(bytes.length), e);
        }
    }

    private static GenesisFrame genesis(
            long uid, long base, int index, int previousTag, long timeMillis, long sinceMillis) {
        if (index != 0) {
            throw new IllegalArgumentException("genesis frame: index %d (expected: 0)".formatted(index));
        }
        return new GenesisFrame(uid, base, previousTag, timeMillis, sinceMillis);
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
