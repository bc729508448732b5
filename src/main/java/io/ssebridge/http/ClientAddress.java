package io.ssebridge.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.HexFormat;

/** Identifies the client of a request by its network address. */
final class ClientAddress {
    // Providers give each customer at least a network of this size, with all its addresses.
    private static final int NETWORK_BYTES = 8;

    private ClientAddress() {}

    /** Returns the key for limits per client: the address, or for IPv6 the network of 64 bits. */
    static String of(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        String host = remote == null ? null : remote.hostAddress();
        return host == null ? "" : of(host);
    }

    /** Returns the key of an address given as text. */
    static String of(String host) {
        if (host.indexOf(':') < 0) {
            return host;
        }
        try {
            // This never asks a name server: a text with a colon is an address, or is refused.
            return InetAddress.getByName(host) instanceof Inet6Address address
                    ? HexFormat.of().formatHex(Arrays.copyOf(address.getAddress(), NETWORK_BYTES))
                    : host;
        } catch (UnknownHostException e) {
            return host;
        }
    }
}
