package io.ssebridge.gzip;

import java.util.zip.CRC32;

/**
 * The <a href="https://www.rfc-editor.org/rfc/rfc1952#section-8">checksum</a> of a piece of a stream. From the checksums of its
 * pieces, the checksum of the stream is calculated without a look at the bytes. Immutable, any thread.
 *
 * <p>The checksum is a polynomial modulo that of CRC-32, with the bits in reverse order. To append a piece, the checksum before it is
 * multiplied by a power of x that depends on the piece's length only.
 */
public final class Checksum {
    /** The checksum of an empty stream. */
    public static final int EMPTY = 0;

    private static final int POLYNOMIAL = 0xedb88320;
    private static final int ONE = 1 << 31;
    // x to the power of 8, of 16, of 32 and so on: the factors for 1, 2, 4 and more bytes.
    private static final int[] POWERS = powers();

    private final int crc;
    private final int factor;
    private final int length;

    private Checksum(int crc, int factor, int length) {
        this.crc = crc;
        this.factor = factor;
        this.length = length;
    }

    /** Calculates the checksum of a piece. */
    public static Checksum of(byte[] piece) {
        CRC32 crc = new CRC32();
        crc.update(piece);
        return new Checksum((int) crc.getValue(), factor(piece.length), piece.length);
    }

    /** Returns the checksum of this piece followed by another. */
    public Checksum then(Checksum next) {
        return new Checksum(next.after(crc), multiply(next.factor, factor), length + next.length);
    }

    /**
     * Returns the checksum of a stream that ends with this piece.
     *
     * @param before the checksum of the stream before it
     */
    public int after(int before) {
        return multiply(factor, before) ^ crc;
    }

    /** Returns the number of bytes in the piece. */
    public int length() {
        return length;
    }

    private static int factor(int length) {
        int product = ONE;
        for (int rest = length, i = 0; rest != 0; rest >>>= 1, i++) {
            if ((rest & 1) != 0) {
                product = multiply(POWERS[i], product);
            }
        }
        return product;
    }

    private static int[] powers() {
        int[] powers = new int[Integer.SIZE];
        int power = ONE >>> 8;
        for (int i = 0; i < powers.length; i++) {
            powers[i] = power;
            power = multiply(power, power);
        }
        return powers;
    }

    private static int multiply(int one, int other) {
        int product = 0;
        int term = other;
        for (int rest = one; rest != 0; rest <<= 1) {
            if (rest < 0) {
                product ^= term;
            }
            term = (term >>> 1) ^ (POLYNOMIAL & -(term & 1));
        }
        return product;
    }
}
