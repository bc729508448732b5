package io.ssebridge.gzip;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.Deflater;

/**
 * Makes <a href="https://www.rfc-editor.org/rfc/rfc1951#section-3.2.3">blocks</a> of compressed text that need no text before them and
 * end with a whole byte. So they can stand anywhere in any stream. Any thread.
 */
public final class DeflateBlocks {
    /** Below this number of bytes, compression costs more than it saves: one event is compressed to some 80 percent. */
    public static final int MIN_COMPRESSED = 1_024;

    private static final int STORED_HEAD = 5;
    private static final int MOST_STORED = 65_535;
    // The fastest level. A better one takes several times as long, and saves a few percent more.
    private static final ThreadLocal<Deflater> DEFLATERS =
            ThreadLocal.withInitial(() -> new Deflater(Deflater.BEST_SPEED, true));

    private DeflateBlocks() {}

    /** Compresses a piece, if this makes it smaller. */
    public static byte[] of(byte[] piece) {
        if (piece.length < MIN_COMPRESSED) {
            return stored(piece);
        }
        Deflater deflater = DEFLATERS.get();
        deflater.reset();
        deflater.setInput(piece);
        byte[] blocks = new byte[piece.length];
        int length = deflater.deflate(blocks, 0, blocks.length, Deflater.SYNC_FLUSH);
        // If the array is full, more may follow.
        return length < blocks.length ? Arrays.copyOf(blocks, length) : stored(piece);
    }

    /** Returns a piece in blocks that are not compressed. */
    public static byte[] stored(byte[] piece) {
        int blocks = (piece.length + MOST_STORED - 1) / MOST_STORED;
        ByteBuffer all =
                ByteBuffer.allocate(piece.length + blocks * STORED_HEAD).order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < piece.length; from += MOST_STORED) {
            int length = Math.min(MOST_STORED, piece.length - from);
            all.put((byte) 0).putShort((short) length).putShort((short) ~length).put(piece, from, length);
        }
        return all.array();
    }
}
