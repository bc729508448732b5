package io.ssebridge.event;

import io.ssebridge.channel.ChannelName;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;

/**
 * The cursors of all channels of a stream as one short id: 126 characters at most for ten channels, of plain ASCII, since
 * a longer or unusual {@code Last-Event-ID} costs a browser of another origin a preflight.
 *
 * <p>Base64url of: a version, 24 bits of checksum over what follows, and for each channel 16 bits of hash of its name, the
 * sequence plus one as a variable-length number, and the tag; or 0 and the time in seconds for a {@link Cursor.Start}.
 * The checksum finds accidents, not attackers: who forges an id gets a reset for it, since the tags do not match, and
 * never more than the channels that they may read anyway.
 */
public final class EventId {
    private static final byte VERSION = 1;
    private static final int CHECKED_FROM = 4;
    private static final int MAX_ENTRY_BYTES = 2 + 10 + 3;
    private static final int MAX_CHARACTERS = 4_096;

    private EventId() {}

    /**
     * Packs cursors.
     *
     * @param channels the channels of a stream
     * @param cursors a cursor for each
     */
    public static String encode(List<ChannelName> channels, List<? extends Cursor> cursors) {
        ByteBuffer to = ByteBuffer.allocate(CHECKED_FROM + channels.size() * MAX_ENTRY_BYTES);
        to.position(CHECKED_FROM);
        for (int i = 0; i < channels.size(); i++) {
            to.putShort(hash(channels.get(i)));
            if (cursors.get(i) instanceof Cursor.At at) {
                putVariable(to, at.sequence() + 1);
                to.put((byte) (at.tag() >>> 16)).putShort((short) at.tag());
            } else {
                putVariable(to, 0);
                to.putInt((int) (((Cursor.Start) cursors.get(i)).time() / 1_000));
            }
        }
        int sum = checksum(to.array(), to.position());
        to.put(0, VERSION).put(1, (byte) (sum >>> 16)).putShort(2, (short) sum);
        return text(Arrays.copyOf(to.array(), to.position()));
    }

    private static String text(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }

    /**
     * Unpacks an id that a client brought back.
     *
     * @param id any text
     * @param channels the channels that the client wants now
     * @return the cursors; a channel without one has been added since. Empty: this is no id of a stream that had any of
     *     these channels
     */
    public static Optional<Map<ChannelName, Cursor>> decode(String id, List<ChannelName> channels) {
        if (id.length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(id);
            if (!text(bytes).equals(id)) {
                // The decoder takes padding, and characters with bits that stand for nothing.
                return Optional.empty();
            }
            ByteBuffer from = ByteBuffer.wrap(bytes);
            int sum = from.getInt();
            if (sum >>> 24 != VERSION || (sum & 0xff_ff_ff) != checksum(bytes, bytes.length)) {
                return Optional.empty();
            }
            Map<ChannelName, Cursor> cursors = assign(from, channels);
            return cursors.isEmpty() ? Optional.empty() : Optional.of(cursors);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    // Two channels of one stream may have the same hash: the first takes the first cursor. If that is the wrong one,
    // its tag does not match, and the channel is reset.
    private static Map<ChannelName, Cursor> assign(ByteBuffer from, List<ChannelName> channels) {
        Map<ChannelName, Cursor> cursors = new HashMap<>();
        while (from.hasRemaining()) {
            short hash = from.getShort();
            long next = variable(from);
            Cursor cursor = next == 0
                    ? new Cursor.Start(Integer.toUnsignedLong(from.getInt()) * 1_000)
                    : new Cursor.At(next - 1, (from.get() & 0xff) << 16 | from.getShort() & 0xffff);
            for (ChannelName channel : channels) {
                if (hash(channel) == hash && !cursors.containsKey(channel)) {
                    cursors.put(channel, cursor);
                    break;
                }
            }
        }
        return cursors;
    }

    private static short hash(ChannelName channel) {
        return (short) checksum(channel.value().getBytes(StandardCharsets.UTF_8), -1);
    }

    private static int checksum(byte[] bytes, int end) {
        CRC32 crc = new CRC32();
        int from = end < 0 ? 0 : CHECKED_FROM;
        crc.update(bytes, from, (end < 0 ? bytes.length : end) - from);
        return (int) crc.getValue() & 0xff_ff_ff;
    }

    private static void putVariable(ByteBuffer to, long value) {
        long rest = value;
        while (rest > 0x7f) {
            to.put((byte) (rest & 0x7f | 0x80));
            rest >>>= 7;
        }
        to.put((byte) rest);
    }

    private static long variable(ByteBuffer from) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE - 1; shift += 7) {
            byte next = from.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("number: too long");
    }
}
