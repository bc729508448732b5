package io.ssebridge.event;

import io.ssebridge.channel.ChannelName;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The cursors of all channels of a stream as one short id. It has at most 127 characters for ten channels, all plain
 * ASCII. With a longer or unusual {@code Last-Event-ID}, a browser of another origin would send an extra preflight
 * request.
 *
 * <p>Base64url of: a version, 24 bits of checksum over the rest, a byte that says how names are hashed, and for each
 * channel
 *
 * <ul>
 *   <li>a hash of its name: 16 bits, or 32 bits in a stream of more than 128 channels,
 *   <li>for a {@link Cursor.At} the sequence plus one as a variable-length number, and the tag, XORed with 24 further
 *       bits of the name's hash,
 *   <li>for a {@link Cursor.Start} a zero, 16 further bits of the name's hash, and the time in seconds.
 * </ul>
 *
 * <p>A channel never gets the cursor of another channel unnoticed:
 *
 * <ol>
 *   <li>The hashes of one id differ. The encoder tries salts until they do; an id with two equal hashes cannot be read.
 *       So two channels of one stream cannot be confused, in any order, even if the client has dropped some channels.
 *   <li>Every requested channel with the same hash gets the cursor. A channel that was not in the stream may match by
 *       chance. Then it gets a wrong tag, which leads to a reset, or the 16 further bits differ and it gets no cursor.
 * </ol>
 *
 * <p>The checksum detects accidents, not attacks. A forged id leads to a reset, since its tags do not match. It never
 * gives access to a channel that the client must not read.
 */
public final class EventId {
    private static final byte VERSION = 2;
    private static final int CHECKED_FROM = 4;
    private static final int HEADER_BYTES = CHECKED_FROM + 1;
    private static final int MAX_ENTRY_BYTES = 4 + 10 + 3;
    // A stream of 1,000 channels, the most that can be configured, has a shorter id.
    private static final int MAX_CHARACTERS = 24_000;

    private static final int WIDE = 0x80;
    private static final int SALTS = 0x80;
    // With 128 channels, seven of eight salts give different hashes of 16 bits.
    private static final int MOST_NARROW = 128;
    private static final int FEW = 16;
    private static final long GOLDEN_RATIO = 0x9e37_79b9_7f4a_7c15L;

    private EventId() {}

    /**
     * Packs cursors into one id.
     *
     * @param channels the channels of a stream
     * @param cursors a cursor for each channel, in the same order
     */
    public static String encode(List<ChannelName> channels, List<? extends Cursor> cursors) {
        int count = channels.size();
        long[] names = new long[count];
        for (int i = 0; i < count; i++) {
            names[i] = hash(channels.get(i));
        }
        int hashing = hashing(names);
        ByteBuffer to = ByteBuffer.allocate(HEADER_BYTES + count * MAX_ENTRY_BYTES);
        to.position(CHECKED_FROM);
        to.put((byte) hashing);
        for (int i = 0; i < count; i++) {
            int hash = hash(names[i], hashing);
            if (isWide(hashing)) {
                to.putInt(hash);
            } else {
                to.putShort((short) hash);
            }
            if (cursors.get(i) instanceof Cursor.At at) {
                putVariable(to, at.sequence() + 1);
                int tag = at.tag() ^ tagMask(names[i]);
                to.put((byte) (tag >>> 16)).putShort((short) tag);
            } else {
                putVariable(to, 0);
                to.putShort(furtherBits(names[i]));
                to.putInt((int) (((Cursor.Start) cursors.get(i)).timeMillis() / 1_000));
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
     * @param channels the channels that the client requests now
     * @return the cursors; a channel without a cursor was added since the id was made. Empty: the id is invalid, or its
     *     stream had none of these channels
     */
    public static Optional<Map<ChannelName, Cursor>> decode(String id, List<ChannelName> channels) {
        if (id.length() > MAX_CHARACTERS) {
            return Optional.empty();
        }
        try {
            byte[] bytes = Base64.getUrlDecoder().decode(id);
            if (!text(bytes).equals(id)) {
                // The decoder also accepts padding, and last characters with unused bits that are not zero.
                return Optional.empty();
            }
            ByteBuffer from = ByteBuffer.wrap(bytes);
            int sum = from.getInt();
            if (sum >>> 24 != VERSION || (sum & 0xff_ff_ff) != checksum(bytes, bytes.length)) {
                return Optional.empty();
            }
            int hashing = from.get() & 0xff;
            Map<ChannelName, Cursor> cursors = assign(entries(from, hashing), hashing, channels);
            return cursors.isEmpty() ? Optional.empty() : Optional.of(cursors);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    /**
     * The entry of one channel: {@code next} is 0 for a {@link Cursor.Start}. Otherwise {@code mark} holds its masked
     * tag.
     */
    private record PackedCursor(long next, int mark, int seconds) {
        @Nullable
        Cursor of(long name) {
            if (next > 0) {
                return new Cursor.At(next - 1, mark ^ tagMask(name));
            }
            return (short) mark == furtherBits(name) ? new Cursor.Start(Integer.toUnsignedLong(seconds) * 1_000) : null;
        }
    }

    private static Map<Integer, PackedCursor> entries(ByteBuffer from, int hashing) {
        Map<Integer, PackedCursor> entries = new HashMap<>();
        while (from.hasRemaining()) {
            int hash = isWide(hashing) ? from.getInt() : from.getShort() & 0xffff;
            long next = variable(from);
            PackedCursor entry = next == 0
                    ? new PackedCursor(0, from.getShort(), from.getInt())
                    : new PackedCursor(next, (from.get() & 0xff) << 16 | from.getShort() & 0xffff, 0);
            if (entries.put(hash, entry) != null) {
                throw new IllegalArgumentException("two channels with one hash");
            }
        }
        return entries;
    }

    private static Map<ChannelName, Cursor> assign(
            Map<Integer, PackedCursor> entries, int hashing, List<ChannelName> channels) {
        Map<ChannelName, Cursor> cursors = new HashMap<>();
        for (ChannelName channel : channels) {
            long name = hash(channel);
            PackedCursor entry = entries.get(hash(name, hashing));
            Cursor cursor = entry == null ? null : entry.of(name);
            if (cursor != null) {
                cursors.put(channel, cursor);
            }
        }
        return cursors;
    }

    /** Finds a way of hashing, a salt and a width, that gives all these names different hashes. */
    private static int hashing(long[] names) {
        int width = names.length > MOST_NARROW ? WIDE : 0;
        for (int salt = 0; salt < SALTS; salt++) {
            if (tellsApart(names, width | salt)) {
                return width | salt;
            }
        }
        // Only reached with names that were made to have the same 64 bits. Such an id cannot be read and leads to a
        // reset.
        return width;
    }

    private static boolean tellsApart(long[] names, int hashing) {
        if (names.length <= FEW) {
            for (int i = 1; i < names.length; i++) {
                int hash = hash(names[i], hashing);
                for (int j = 0; j < i; j++) {
                    if (hash(names[j], hashing) == hash) {
                        return false;
                    }
                }
            }
            return true;
        }
        int[] hashes = new int[names.length];
        for (int i = 0; i < hashes.length; i++) {
            hashes[i] = hash(names[i], hashing);
        }
        Arrays.sort(hashes);
        for (int i = 1; i < hashes.length; i++) {
            if (hashes[i] == hashes[i - 1]) {
                return false;
            }
        }
        return true;
    }

    private static boolean isWide(int hashing) {
        return (hashing & WIDE) != 0;
    }

    /** Hashes a name to 64 bits: FNV-1a, mixed. */
    private static long hash(ChannelName channel) {
        String name = channel.value();
        long hash = 0xcbf2_9ce4_8422_2325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100_0000_01b3L;
        }
        return mix(hash);
    }

    /** Returns the hash that stands in the id. Without a salt it is the highest bits, which nothing else uses. */
    private static int hash(long name, int hashing) {
        int salt = hashing & (SALTS - 1);
        long bits = salt == 0 ? name : mix(name + salt * GOLDEN_RATIO);
        return (int) (bits >>> (isWide(hashing) ? 32 : 48));
    }

    private static int tagMask(long name) {
        return (int) name & Frame.MAX_TAG;
    }

    private static short furtherBits(long name) {
        return (short) (name >>> 16);
    }

    /** Makes each bit depend on all bits, with the finalizer of MurmurHash3. */
    private static long mix(long hash) {
        long bits = (hash ^ hash >>> 33) * 0xff51_afd7_ed55_8ccdL;
        bits = (bits ^ bits >>> 33) * 0xc4ce_b9fe_1a85_ec53L;
        return bits ^ bits >>> 33;
    }

    private static int checksum(byte[] bytes, int end) {
        CRC32 crc = new CRC32();
        crc.update(bytes, CHECKED_FROM, end - CHECKED_FROM);
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
