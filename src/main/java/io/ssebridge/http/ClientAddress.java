package io.ssebridge.http;

/** Makes the key of a client for limits from its network address. */
final class ClientAddress {
    private ClientAddress() {}

    /** Returns the key of an address: the address, or for IPv6 the network of 64 bits. */
    static String of(IpAddress address) {
        // Providers give each customer of IPv6 at least a network of this size, with all its addresses.
        return address.isIpv4() ? address.toString() : "%016x".formatted(address.high());
    }

    /** Returns the key of an address given as text. */
    static String of(String host) {
        return host.indexOf(':') < 0
                ? host
                : IpAddress.parse(withoutZone(host)).map(ClientAddress::of).orElse(host);
    }

    /** Removes the name of the interface, as in {@code fe80::1%eth0}. */
    static String withoutZone(String host) {
        int zone = host.indexOf('%');
        return zone < 0 ? host : host.substring(0, zone);
    }
}
