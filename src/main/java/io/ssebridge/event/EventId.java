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
 * The cursors of all channels of a stream as one short id: 127 characters at most for ten channels, of plain ASCII, since
 * a longer or unusual {@code Last-Event-ID} costs a browser of another origin a preflight.
 *
 * <p>Base64url of: a version, 24 bits of checksum over what follows, a byte that says how names are hashed, and for each
 * channel
 *
 * <ul>
 *   <li>a hash of its name: 16 bits, or 32 bits in a stream of more than 128 channels,
 *   <li>for a {@link Cursor.At} the sequence plus one as a variable-length number, and the tag, XORed with 24 further bits
 *       of the name's hash,
 *   <li>for a {@link Cursor.Start} a zero, 16 further bits of the name's hash, and the time in seconds.
 * </ul>
 *
 * <p>No channel silently gets the cursor of another one:
 *
 * <ol>
 *   <li>The hashes of one id differ. The encoder tries salts until they do; an id with two equal hashes cannot be read.
 *       So two channels of one stream cannot be confused, whatever their order and whichever of them is still wanted.
 *   <li>A cursor goes to every wanted channel that its hash fits. A channel that was not in the stream, and fits by chance,
 *       gets a wrong tag, which is a reset, or fails the further 16 bits and gets nothing.
 * </ol>
 *
 * <p>The checksum finds accidents, not attackers: a forged id leads to a reset, since its tags do not match, and never to
 * more than the channels that its sender may read anyway.
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
    // Of 128 channels, seven salts out of eight give different hashes of 16 bits.
    private static final int MOST_NARROW = 128;
    private static final int FEW = 16;
    private static final long GOLDEN_RATIO = 0x9e37_79b9_7f4a_7c15L;

    private EventId() {}

    /**
     * Packs cursors.
     *
     * @param channels the channels of a stream
     * @param cursors a cursor for each
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
            int hashing = from.get() & 0xff;
            Map<ChannelName, Cursor> cursors = assign(entries(from, hashing), hashing, channels);
            return cursors.isEmpty() ? Optional.empty() : Optional.of(cursors);
        } catch (IllegalArgumentException | BufferUnderflowException e) {
            return Optional.empty();
        }
    }

    /** What an id says of one channel: {@code next} is 0 for a {@link Cursor.Start}, else {@code mark} is its tag. */
    private record Entry(long next, int mark, int seconds) {
        @Nullable
        Cursor of(long name) {
            if (next > 0) {
                return new Cursor.At(next - 1, mark ^ tagMask(name));
            }
            return (short) mark == furtherBits(name) ? new Cursor.Start(Integer.toUnsignedLong(seconds) * 1_000) : null;
        }
    }

    private static Map<Integer, Entry> entries(ByteBuffer from, int hashing) {
        Map<Integer, Entry> entries = new HashMap<>();
        while (from.hasRemaining()) {
            int hash = isWide(hashing) ? from.getInt() : from.getShort() & 0xffff;
            long next = variable(from);
            Entry entry = next == 0
                    ? new Entry(0, from.getShort(), from.getInt())
                    : new Entry(next, (from.get() & 0xff) << 16 | from.getShort() & 0xffff, 0);
            if (entries.put(hash, entry) != null) {
                throw new IllegalArgumentException("two channels with one hash");
            }
        }
        return entries;
    }

    private static Map<ChannelName, Cursor> assign(
            Map<Integer, Entry> entries, int hashing, List<ChannelName> channels) {
        Map<ChannelName, Cursor> cursors = new HashMap<>();
        for (ChannelName channel : channels) {
            long name = hash(channel);
            Entry entry = entries.get(hash(name, hashing));
            Cursor cursor = entry == null ? null : entry.of(name);
            if (cursor != null) {
                cursors.put(channel, cursor);
            }
        }
        return cursors;
    }

    /** A way of hashing that tells these names apart: a salt and the width. */
    private static int hashing(long[] names) {
        int width = names.length > MOST_NARROW ? WIDE : 0;
        for (int salt = 0; salt < SALTS; salt++) {
            if (tellsApart(names, width | salt)) {
                return width | salt;
            }
        }
        // Only for names that were made to have the same 64 bits: this id cannot be read, and leads to a reset.
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

    /** 64 bits of hash of a name: FNV-1a, mixed. */
    private static long hash(ChannelName channel) {
        String name = channel.value();
        long hash = 0xcbf2_9ce4_8422_2325L;
        for (int i = 0; i < name.length(); i++) {
            hash = (hash ^ name.charAt(i)) * 0x100_0000_01b3L;
        }
        return mix(hash);
    }

    /** The hash that stands in the id. Without a salt these are the highest bits, which nothing else is made of. */
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

    /** Has each bit depend on all bits: the finalizer of MurmurHash3. */
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
