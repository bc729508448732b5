package io.ssebridge.testing;

import com.hazelcast.client.HazelcastClient;
import com.hazelcast.client.config.ClientConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.FileSystemXmlConfig;
import com.hazelcast.core.DistributedObject;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.multimap.MultiMap;
import io.vertx.spi.cluster.hazelcast.impl.HazelcastRegistrationInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The consumers of each bus address in the cluster, read from the map of Vert.x by a client that is not a member. Any thread. */
public final class BusRegistrations implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Pattern NODE = Pattern.compile("sse\\.node\\.[^.]+");

    private final HazelcastInstance client;
    private final MultiMap<String, HazelcastRegistrationInfo> registrations;

    private BusRegistrations(HazelcastInstance client) {
        this.client = client;
        this.registrations = client.getMultiMap("__vertx.subs");
    }

    /**
     * Connects to a cluster that has a member already.
     *
     * @param clusterConfig the Hazelcast configuration of its members
     */
    public static BusRegistrations open(Path clusterConfig) {
        try {
            Config members = new FileSystemXmlConfig(clusterConfig.toString());
            ClientConfig config = new ClientConfig()
                    .setClusterName(members.getClusterName())
                    .setProperty("hazelcast.logging.type", "none");
            config.getNetworkConfig()
                    .setAddresses(members.getNetworkConfig()
                            .getJoin()
                            .getTcpIpConfig()
                            .getMembers());
            return new BusRegistrations(HazelcastClient.newHazelcastClient(config));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Waits until this number of nodes of the bridge can be reached in this cluster: not in another one, which a node that found none of them
     * in time may have founded.
     *
     * @param nodes how many
     */
    public BusRegistrations awaitNodes(int nodes) {
        Eventually.see(
                nodes + " nodes on the event bus",
                PATIENCE,
                () -> addresses().stream()
                        .filter(address -> NODE.matcher(address).matches())
                        .toList(),
                seen -> seen.size() == nodes);
        return this;
    }

    /**
     * The ids of the members that consume an address, each as often as it is registered.
     *
     * @param address of the event bus
     */
    public List<String> of(String address) {
        return registrations.get(address).stream()
                .map(info -> info.unwrap().nodeId())
                .toList();
    }

    /**
     * The addresses that a member consumes, but for those on which it waits for a reply.
     *
     * @param node its id
     */
    public Set<String> by(String node) {
        return addresses().stream()
                .filter(address -> of(address).contains(node))
                .collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Makes the cluster forget the consumers of a member and where to connect to it, as other members do when they take it for gone.
     *
     * @param node its id
     */
    public void forget(String node) {
        for (String address : by(node)) {
            registrations.get(address).stream()
                    .filter(info -> info.unwrap().nodeId().equals(node))
                    .forEach(info -> registrations.remove(address, info));
        }
        client.getMap("__vertx.nodeInfo").delete(node);
    }

    /**
     * Whether the cluster knows where to connect to a member.
     *
     * @param node its id
     */
    public boolean isConnectable(String node) {
        return client.getMap("__vertx.nodeInfo").containsKey(node);
    }

    /** All addresses that are consumed, except for those of replies. */
    public List<String> addresses() {
        return registrations.entrySet().stream()
                .map(entry -> entry.getKey())
                .filter(address -> !address.startsWith("__vertx.reply"))
                .sorted()
                .toList();
    }

    /** The channels that the cluster remembers to be in use though no rule names them literally. */
    public Set<String> channelsInUse() {
        return client.<String, Boolean>getMap("sse.channels").keySet().stream().collect(Collectors.toUnmodifiableSet());
    }

    /**
     * Enters a channel as in use, as a node of another version might.
     *
     * @param name anything
     */
    public void enter(String name) {
        client.<String, Long>getMap("sse.channels").put(name, System.currentTimeMillis());
    }

    /** The members that consume each address. */
    public Map<String, List<String>> all() {
        return addresses().stream()
                .distinct()
                .collect(Collectors.toUnmodifiableMap(
                        address -> address,
                        address -> of(address).stream().sorted().toList()));
    }

    /** The names of the rings that hold histories. */
    public Set<String> rings() {
        return client.getDistributedObjects().stream()
                .map(DistributedObject::getName)
                .filter(name -> name.startsWith("sse.h."))
                .collect(Collectors.toUnmodifiableSet());
    }

    /** How many keys of publishers the cluster remembers. */
    public int keys() {
        return client.getMap("sse.keys").size();
    }

    /** How many shards have a leader that has entered itself. */
    public int shardsLed() {
        return leaders().size();
    }

    /** Makes the cluster forget the leaders of shards and the channels in use, as when both members that keep an entry die. */
    public void forgetWhoLeadsWhat() {
        client.getMap("sse.channels").clear();
        leaders().clear();
    }

    private Map<Integer, String> leaders() {
        return client.getMap("sse.leaders");
    }

    @Override
    public void close() {
        client.shutdown();
    }
}
