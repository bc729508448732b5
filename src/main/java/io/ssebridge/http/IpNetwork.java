package io.ssebridge.http;

import java.util.Optional;

/**
 * All addresses that begin with the same bits, or one address.
 *
 * @param base the first of the addresses
 * @param bits the number of equal bits, of 128
 */
record IpNetwork(IpAddress base, int bits) {
    private static final int BITS = 128;

    /**
     * Reads a network.
     *
     * @param text an address, or a range such as {@code 10.0.0.0/8} or {@code fd00::/8}
     * @throws IllegalArgumentException if it is neither, or if it contains all addresses
     */
    static IpNetwork of(String text) {
        int slash = text.indexOf('/');
        IpAddress address = IpAddress.parse(slash < 0 ? text : text.substring(0, slash))
                .orElseThrow(() -> wrong(text, "an address, or a range such as 10.0.0.0/8 or fd00::/8"));
        int before = address.isIpv4() ? IpAddress.IPV4_PREFIX_BITS : 0;
        int bits = slash < 0 ? BITS : before + length(text, text.substring(slash + 1), BITS - before);
        IpAddress first = address.first(bits);
        if (!first.equals(address)) {
            throw wrong(text, "%s/%d, or another range".formatted(first, bits - before));
        }
        return new IpNetwork(address, bits);
    }

    private static int length(String text, String digits, int most) {
        return Optional.of(digits)
                .filter(some -> some.matches("[0-9]{1,3}"))
                .map(Integer::valueOf)
                .filter(length -> length > 0 && length <= most)
                .orElseThrow(() -> wrong(text, "a range of 1 to %d bits".formatted(most)));
    }

    private static IllegalArgumentException wrong(String text, String expected) {
        return new IllegalArgumentException("\"%s\" (expected: %s)".formatted(text, expected));
    }

    boolean contains(IpAddress address) {
        return address.first(bits).equals(base);
    }

    @Override
    public String toString() {
        int before = base.isIpv4() ? IpAddress.IPV4_PREFIX_BITS : 0;
        return bits == BITS ? base.toString() : "%s/%d".formatted(base, bits - before);
    }
}
