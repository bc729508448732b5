package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.Locale;

/**
 * The address on which a node will listen. It is checked before anything else. Otherwise a node with a taken port
 * would join the cluster, take over channels, and give them back at once.
 *
 * @param section the section of the configuration that has the keys {@code host} and {@code port}
 * @param host a name or an address
 * @param port a TCP port; 0: any free one
 */
record ListenAddress(String section, String host, int port) {
    /**
     * Listens on the address for a moment. It may wait for the name resolver.
     *
     * @throws ConfigException if the node cannot listen there
     */
    void check() {
        try (ServerSocket socket = new ServerSocket()) {
            InetAddress address = InetAddress.getByName(host);
            if (!isOfThisMachine(address)) {
                throw foreign();
            }
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(address, port));
        } catch (UnknownHostException e) {
            throw foreign();
        } catch (IOException e) {
            throw new ConfigException(
                    "%s.port: %d on %s: %s (expected: a port that is free and open to this user, or 0 for any; SSE_%s_PORT sets it)"
                            .formatted(section, port, host, e.getMessage(), section.toUpperCase(Locale.ROOT)),
                    e);
        }
    }

    private static boolean isOfThisMachine(InetAddress address) throws SocketException {
        return address.isAnyLocalAddress()
                || address.isLoopbackAddress()
                || NetworkInterface.getByInetAddress(address) != null;
    }

    private ConfigException foreign() {
        return new ConfigException(
                "%s.host: %s (expected: a name or an address of this machine)".formatted(section, OneLine.quote(host)));
    }
}
