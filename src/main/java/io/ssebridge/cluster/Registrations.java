package io.ssebridge.cluster;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.multimap.MultiMap;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastNodeInfo;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The entries that Vert.x has for this node in maps of the cluster: the addresses that it consumes, and its network
 * address. Members that believe this node gone remove both. If the node is still there or has returned, Vert.x does not
 * add them again.
 *
 * <p>Its methods block.
 */
final class Registrations {
    private static final Logger LOG = LoggerFactory.getLogger(Registrations.class);

    private final String self;
    private final MultiMap<String, HazelcastRegistrationInfo> consumers;
    private final IMap<String, HazelcastNodeInfo> nodes;
    private final HazelcastNodeInfo own;

    Registrations(HazelcastInstance hazelcast, String self) {
        this.self = self;
        this.consumers = hazelcast.getMultiMap("__vertx.subs");
        this.nodes = hazelcast.getMap("__vertx.nodeInfo");
        this.own = Objects.requireNonNull(nodes.get(self), "not on the event bus");
    }

    /** Returns the given addresses for which this node is not registered as a consumer. */
    Set<String> missing(Set<String> addresses) {
        return addresses.stream().filter(address -> !isKnown(address)).collect(Collectors.toUnmodifiableSet());
    }

    private boolean isKnown(String address) {
        return consumers.get(address).stream()
                .anyMatch(consumer -> consumer.unwrap().nodeId().equals(self));
    }

    /** Makes the cluster forget that this node consumes an address. The consumer stays. */
    void remove(String address) {
        consumers.get(address).stream()
                .filter(consumer -> consumer.unwrap().nodeId().equals(self))
                .forEach(consumer -> {
                    boolean unused = consumers.remove(address, consumer);
                });
    }

    /** Adds the network address of this node again if it is missing. */
    void stayConnectable() {
        if (nodes.putIfAbsent(self, own) == null) {
            LOG.warn("The cluster had lost the network address of this node; it is added again");
        }
    }
}
