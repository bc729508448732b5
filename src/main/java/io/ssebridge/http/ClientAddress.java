package io.ssebridge.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;

/** Which client a request comes from, as far as the network tells. */
final class ClientAddress {
    // A single customer of a provider is given a network of at least this size, and all addresses in it.
    private static final int NETWORK_BYTES = 8;

    private ClientAddress() {}

    /** The address that limits per client count by: of IPv6 the network of 64 bits. */
    static String of(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        String host = remote == null ? null : remote.hostAddress();
        return host == null ? "" : of(host);
    }

    /** The same of an address as text. */
    static String of(String host) {
        if (host.indexOf(':') < 0) {
            return host;
        }
        try {
            // Never looked up: what has a colon is an address or refused.
            return InetAddress.getByName(host) instanceof Inet6Address address
                    ? HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), NETWORK_BYTES))
                    : host;
        } catch (UnknownHostException e) {
            return host;
        }
    }
}
