package io.ssebridge.request;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses a body in the format of <a href="https://www.rfc-editor.org/rfc/rfc1952.html">gzip</a>, piece by piece and only
 * as far as asked: a small body can contain a thousand times as many bytes. ({@code GZIPInputStream} would block, and the
 * decompressors of Netty produce all that a piece contains.)
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class GzipInflater {
    /** The memory of one, mostly outside the heap: the last 32 KiB that it produced, tables, and a piece of the body. */
    static final int BYTES = 64 << 10;

    private static final int MAX_HEADER_BYTES = 1_024;
    private static final int FIXED_HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int NOTHING = -1;
    // https://www.rfc-editor.org/rfc/rfc1952.html#page-7
    private static final int CHECKSUM = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xe0;

    private final Inflater inflater = new Inflater(true);
    private final CRC32 checksum = new CRC32();
    // The header or the trailer, as far as it has arrived.
    private final ByteArrayOutputStream frame = new ByteArrayOutputStream();
    private ByteBuffer input = ByteBuffer.allocate(0);
    private Part part = Part.HEADER;
    private boolean hasMember;

    private enum Part {
        HEADER,
        DATA,
        TRAILER
    }

    /**
     * Takes a piece of the body; the piece before is used up.
     *
     * @param piece is not copied
     */
    void add(byte[] piece) {
        input = ByteBuffer.wrap(piece);
    }

    /**
     * Decompresses some bytes.
     *
     * @param target gets the bytes
     * @return their number; 0: the piece is used up
     * @throws Problem if the body is not in this format
     */
    int read(byte[] target) {
        while (true) {
            switch (part) {
                case HEADER -> {
                    if (!readHeader()) {
                        return 0;
                    }
                    part = Part.DATA;
                }
                case DATA -> {
                    int read = readData(target);
                    if (read > 0 || part == Part.DATA) {
                        return read;
                    }
                }
                case TRAILER -> {
                    if (!readTrailer()) {
                        return 0;
                    }
                    // A body may consist of several compressed parts.
                    part = Part.HEADER;
                    hasMember = true;
                    inflater.reset();
                    checksum.reset();
                }
            }
        }
    }

    /** Returns whether the body may end here. */
    boolean isWhole() {
        return hasMember && part == Part.HEADER && frame.size() == 0 && !input.hasRemaining();
    }

    /** Frees the memory outside the heap. */
    void end() {
        inflater.end();
    }

    private int readData(byte[] target) {
        int before = input.remaining();
        inflater.setInput(input);
        int read;
        try {
            read = inflater.inflate(target);
        } catch (DataFormatException e) {
            throw malformed();
        }
        checksum.update(target, 0, read);
        if (inflater.finished()) {
            part = Part.TRAILER;
        } else if (read == 0 && before > 0 && input.remaining() == before) {
            // It waits for a dictionary, which this format does not have.
            throw malformed();
        }
        return read;
    }

    private boolean readHeader() {
        int had = frame.size();
        int taken = take(MAX_HEADER_BYTES - had);
        byte[] header = frame.toByteArray();
        int length = headerLength(header);
        if (length == NOTHING) {
            if (header.length == MAX_HEADER_BYTES) {
                throw malformed();
            }
            return false;
        }
        // The rest belongs to the data.
        input.position(input.position() - (had + taken - length));
        frame.reset();
        return true;
    }

    private static int headerLength(byte[] header) {
        if (header.length > 0 && header[0] != 0x1f
                || header.length > 1 && header[1] != (byte) 0x8b
                || header.length > 2 && header[2] != 8
                || header.length > 3 && (header[3] & RESERVED) != 0) {
            throw malformed();
        }
        if (header.length < FIXED_HEADER_BYTES) {
            return NOTHING;
        }
        int flags = header[3];
        int at = FIXED_HEADER_BYTES;
        if ((flags & EXTRA) != 0) {
            if (header.length < at + 2) {
                return NOTHING;
            }
            at += 2 + (header[at] & 0xff) + ((header[at + 1] & 0xff) << 8);
        }
        for (int text : new int[] {NAME, COMMENT}) {
            if ((flags & text) != 0) {
                while (at < header.length && header[at] != 0) {
                    at++;
                }
                at++;
            }
        }
        if ((flags & CHECKSUM) != 0) {
            at += 2;
        }
        return at <= header.length ? at : NOTHING;
    }

    private boolean readTrailer() {
        int unused = take(TRAILER_BYTES - frame.size());
        if (frame.size() < TRAILER_BYTES) {
            return false;
        }
        ByteBuffer trailer = ByteBuffer.wrap(frame.toByteArray()).order(ByteOrder.LITTLE_ENDIAN);
        if (trailer.getInt() != (int) checksum.getValue() || trailer.getInt() != (int) inflater.getBytesWritten()) {
            throw malformed();
        }
        frame.reset();
        return true;
    }

    private int take(int most) {
        int taken = Math.min(most, input.remaining());
        frame.write(input.array(), input.arrayOffset() + input.position(), taken);
        input.position(input.position() + taken);
        return taken;
    }

    /** Makes the problem of a body that is not in this format, or that ends too early. */
    static Problem malformed() {
        return Problem.badRequest("body: is not valid gzip, as Content-Encoding says");
    }
}
