package io.ssebridge.http;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * An IPv4 or IPv6 address as a number of 128 bits. An IPv4 address is the <a
 * href="https://www.rfc-editor.org/rfc/rfc4291.html#section-2.5.5.2">IPv6 address that maps it</a>, so that both spellings of
 * it are equal.
 *
 * @param high the first 64 bits
 * @param low the other 64 bits
 */
record IpAddress(long high, long low) {
    /** The bits of the IPv6 addresses that map an IPv4 address, before that address. */
    static final int IPV4_PREFIX_BITS = 96;

    private static final int IPV4_BYTES = 4;
    private static final int IPV4_BITS = 32;
    private static final int LONGEST = 45;
    private static final long MAPPED = 0xFFFF_0000_0000L;
    private static final long LOW_32 = 0xFFFF_FFFFL;

    /** Reads an address. Never asks a name server: a text that is not a literal address is refused. */
    static Optional<IpAddress> parse(String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            return Optional.empty();
        }
        return text.indexOf(':') < 0 ? ipv4(text) : ipv6(text);
    }

    private static Optional<IpAddress> ipv4(String text) {
        String[] parts = text.split("\\.", -1);
        if (parts.length != IPV4_BYTES) {
            return Optional.empty();
        }
        long bits = 0;
        for (String part : parts) {
            int number = octet(part);
            if (number < 0) {
                return Optional.empty();
            }
            bits = bits << Byte.SIZE | number;
        }
        return Optional.of(new IpAddress(0, MAPPED | bits));
    }

    /** Returns the number; -1 if the text is not one. A leading zero is refused, since some programs read an octal number then. */
    private static int octet(String text) {
        boolean isNumber = !text.isEmpty()
                && text.length() <= 3
                && text.chars().allMatch(c -> c >= '0' && c <= '9')
                && (text.length() == 1 || text.charAt(0) != '0');
        int number = isNumber ? Integer.parseInt(text) : -1;
        return number <= 255 ? number : -1;
    }

    private static Optional<IpAddress> ipv6(String text) {
        boolean isClean = text.chars()
                .allMatch(c ->
                        c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' || c == ':' || c == '.');
        if (!isClean) {
            return Optional.empty();
        }
        try {
            // In brackets a text is an address, or is refused.
            return Optional.of(of(InetAddress.getByName('[' + text + ']').getAddress()));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    private static IpAddress of(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return bytes.length == IPV4_BYTES
                ? new IpAddress(0, MAPPED | buffer.getInt() & LOW_32)
                : new IpAddress(buffer.getLong(), buffer.getLong());
    }

    /** Tells whether it is an IPv4 address. */
    boolean isIpv4() {
        return high == 0 && low >>> IPV4_BITS == MAPPED >>> IPV4_BITS;
    }

    /** Returns the same address with zeros after a number of bits. */
    IpAddress first(int bits) {
        return new IpAddress(high & mask(bits), low & mask(bits - Long.SIZE));
    }

    private static long mask(int bits) {
        if (bits <= 0) {
            return 0;
        }
        return bits >= Long.SIZE ? -1 : -1L << (Long.SIZE - bits);
    }

    @Override
    public String toString() {
        if (isIpv4()) {
            return "%d.%d.%d.%d".formatted(low >> 24 & 255, low >> 16 & 255, low >> 8 & 255, low & 255);
        }
        StringBuilder text = new StringBuilder();
        for (long half : new long[] {high, low}) {
            for (int shift = Long.SIZE - Short.SIZE; shift >= 0; shift -= Short.SIZE) {
                text.append(text.isEmpty() ? "" : ":").append(Long.toHexString(half >>> shift & 0xFFFF));
            }
        }
        return text.toString();
    }
}
