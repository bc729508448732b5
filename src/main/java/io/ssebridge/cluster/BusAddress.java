package io.ssebridge.cluster;

import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.eventbus.EventBusOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Optional;

/**
 * The address on which a node listens for the event bus, and the one that other nodes are told. Without options of the
 * operator both are Hazelcast's: other nodes that reach Hazelcast there also reach the event bus.
 *
 * @param host the name or address to listen on
 * @param publicHost the name or address that other nodes are told; empty: {@code host}
 */
record BusAddress(String host, Optional<String> publicHost) {
    /**
     * Chooses the addresses. May wait for the resolver.
     *
     * @param hazelcast started
     * @throws IllegalArgumentException if the other nodes would look for this one on their own machines; the message opens
     *     with the key to set
     */
    static BusAddress choose(ClusterOptions options, HazelcastInstance hazelcast) {
        InetAddress member =
                hazelcast.getCluster().getLocalMember().getSocketAddress().getAddress();
        boolean translated = hazelcast.getConfig().getNetworkConfig().getPublicAddress() != null;
        return choose(options, member, translated);
    }

    /**
     * Chooses the addresses.
     *
     * @param member the address of Hazelcast that other members are told
     * @param translated whether Hazelcast listens on another address
     */
    static BusAddress choose(ClusterOptions options, InetAddress member, boolean translated) {
        options.publicHost().ifPresent(host -> checkReachable("publicHost", host, member));
        if (options.host().isEmpty()) {
            if (translated) {
                throw new IllegalArgumentException(
                        "cluster.host: missing (expected: the address to listen on for the event bus of other nodes; %s is Hazelcast's public address)"
                                .formatted(member.getHostAddress()));
            }
            return new BusAddress(member.getHostAddress(), options.publicHost());
        }
        String host = options.host().get();
        if (options.publicHost().isPresent()) {
            return new BusAddress(host, options.publicHost());
        }
        checkReachable("host", host, member);
        boolean told =
                translated || address(host).map(InetAddress::isAnyLocalAddress).orElse(false);
        return new BusAddress(host, told ? Optional.of(member.getHostAddress()) : Optional.empty());
    }

    private static void checkReachable(String key, String host, InetAddress member) {
        if (!member.isLoopbackAddress()
                && address(host).map(InetAddress::isLoopbackAddress).orElse(false)) {
            throw new IllegalArgumentException(
                    "cluster.%s: \"%s\" (expected: an address at which other nodes reach this one, such as %s, where Hazelcast listens)"
                            .formatted(key, host, member.getHostAddress()));
        }
    }

    /** Resolves a name; empty if only other machines know it, such as the name of a gateway. */
    private static Optional<InetAddress> address(String host) {
        try {
            return Optional.of(InetAddress.getByName(host));
        } catch (UnknownHostException e) {
            return Optional.empty();
        }
    }

    EventBusOptions options(ClusterOptions options) {
        EventBusOptions bus = new EventBusOptions().setHost(host).setPort(options.port());
        publicHost.ifPresent(bus::setClusterPublicHost);
        options.publicPort().ifPresent(bus::setClusterPublicPort);
        return bus;
    }
}
