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
 * What Vert.x keeps of this node in maps of the cluster: which addresses it consumes, and where to connect to it. Whoever
 * takes it for gone removes both; if it is not gone, or is back already, nothing puts them there again.
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

    /** Those of some addresses that this node is not known to consume. */
    Set<String> missing(Set<String> addresses) {
        return addresses.stream().filter(address -> !isKnown(address)).collect(Collectors.toUnmodifiableSet());
    }

    private boolean isKnown(String address) {
        return consumers.get(address).stream()
                .anyMatch(consumer -> consumer.unwrap().nodeId().equals(self));
    }

    /** Puts back where to connect to this node, if it is missing. */
    void stayConnectable() {
        if (nodes.putIfAbsent(self, own) == null) {
            LOG.warn("The cluster did not know any more where to connect to this node");
        }
    }
}
