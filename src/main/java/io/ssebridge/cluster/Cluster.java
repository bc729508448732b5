package io.ssebridge.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.OutOfMemoryHandler;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.history.History;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.SoleNode;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.spi.cluster.ClusterManager;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A Vert.x that has joined the cluster, and the bridge nodes that it sees there.
 *
 * @param vertx the clustered Vert.x
 * @param nodes the nodes of the bridge in this cluster
 * @param history the histories in this cluster
 */
public record Cluster(Vertx vertx, Nodes nodes, History history) {
    /**
     * Joins the cluster.
     *
     * @param file Hazelcast's configuration; empty: {@code cluster.xml} in the working directory, else the built-in copy
     * @param options the options of the event bus
     * @param vertxOptions all other options of Vert.x
     * @return fails with an {@link IllegalArgumentException} if the file cannot be read or does not fit this machine
     */
    public static Future<Vertx> join(Optional<Path> file, ClusterOptions options, VertxOptions vertxOptions) {
        return hazelcast(file, options.name()).compose(hazelcast -> join(hazelcast, options, vertxOptions));
    }

    /**
     * Returns a node alone, with its histories in memory.
     *
     * @param vertx runs the node
     * @param rules the rules, which contain the retention of channels
     */
    public static Cluster ofOne(Vertx vertx, ChannelRules rules) {
        return new Cluster(vertx, new SoleNode(), new MemoryHistory(rules));
    }

    /**
     * Returns the cluster of an application's own Vert.x.
     *
     * @param vertx clustered by a {@link HazelcastClusterManager} with a configuration that {@link BridgeCluster#configure} has
     *     prepared
     * @param rules the rules, which contain the retention of channels
     * @return fails with an {@link IllegalArgumentException} if it is not
     */
    public static Future<Cluster> of(Vertx vertx, ChannelRules rules) {
        ClusterManager manager = ((VertxInternal) vertx).clusterManager();
        if (!(manager instanceof HazelcastClusterManager hazelcast)) {
            return Future.failedFuture(new IllegalArgumentException("the cluster manager is %s (expected: %s)"
                    .formatted(
                            manager == null ? "none" : manager.getClass().getName(),
                            HazelcastClusterManager.class.getName())));
        }
        HazelcastInstance instance = hazelcast.getHazelcastInstance();
        List<String> missing = BridgeCluster.missing(instance.getConfig());
        if (!missing.isEmpty()) {
            return Future.failedFuture(new IllegalArgumentException(
                    "Hazelcast is not prepared for the bridge: %s (expected: BridgeCluster.configure(config) before Hazelcast starts)"
                            .formatted(String.join(", ", missing))));
        }
        return ClusteredHistory.open(vertx, instance, rules)
                .compose(history ->
                        ClusteredNodes.open(vertx, hazelcast).map(nodes -> new Cluster(vertx, nodes, history)));
    }

    /**
     * Prepares the histories for other rules, before a channel of these rules is used.
     *
     * @param rules the rules, which contain the retention of channels
     */
    public Future<Void> prepare(ChannelRules rules) {
        return history instanceof ClusteredHistory clustered ? clustered.prepare(rules) : Future.succeededFuture();
    }

    private static Future<OwnHazelcast> hazelcast(Optional<Path> file, Optional<String> clusterName) {
        Config config;
        try {
            config = ClusterFile.load(file);
        } catch (IllegalArgumentException e) {
            return Future.failedFuture(e);
        }
        clusterName.ifPresent(config::setClusterName);
        return OwnHazelcast.start(config)
                .recover(failure -> Future.failedFuture(new IllegalArgumentException(
                        "%s: %s"
                                .formatted(
                                        ClusterFile.name(file),
                                        ClusterFile.onOneLine(String.valueOf(failure.getMessage()))),
                        failure)));
    }

    private static Future<Vertx> join(OwnHazelcast hazelcast, ClusterOptions options, VertxOptions vertxOptions) {
        BusAddress address;
        EventBusOptions bus;
        try {
            address = BusAddress.choose(options, hazelcast.instance());
            bus = address.options(options);
            BusTls.apply(options, bus);
        } catch (IllegalArgumentException e) {
            hazelcast.instance().shutdown();
            return Future.failedFuture(e);
        }
        return Vertx.builder()
                .with(vertxOptions.setEventBusOptions(bus))
                .withClusterManager(hazelcast)
                .buildClustered()
                .recover(failure -> Future.failedFuture(
                        failure instanceof IOException ? portTaken(address, options, failure) : failure));
    }

    /**
     * Checks the certificates of the event bus, without joining. This waits for the disk.
     *
     * @param vertx parses them
     * @throws IllegalArgumentException if they cannot be used
     */
    public static void check(Vertx vertx, ClusterOptions options) {
        if (options.tls().isPresent()) {
            var unused = BusTls.read(vertx, options);
        }
    }

    /**
     * Sets the handler for an exhausted heap. Without a handler, Hazelcast closes all its members in this JVM. The
     * handler applies to the whole JVM.
     *
     * @param handler runs on any thread
     */
    public static void onOutOfMemory(Consumer<Throwable> handler) {
        Hazelcast.setOutOfMemoryHandler(new OutOfMemoryHandler() {
            @Override
            public void onOutOfMemory(OutOfMemoryError error, HazelcastInstance[] instances) {
                handler.accept(error);
            }
        });
    }

    /**
     * Joins like any other service, without becoming a node of the bridge.
     *
     * @param file as for {@link #join}
     * @return fails with an {@link IllegalArgumentException} if the file cannot be read or does not fit this machine
     */
    public static Future<Vertx> guest(Optional<Path> file) {
        return hazelcast(file, Optional.empty())
                .compose(hazelcast ->
                        Vertx.builder().withClusterManager(hazelcast).buildClustered());
    }

    private static IllegalArgumentException portTaken(BusAddress address, ClusterOptions options, Throwable cause) {
        return new IllegalArgumentException(
                "cluster.port: %d on %s: %s (expected: a port that is free and open to this user, or 0 for any; SSE_CLUSTER_PORT sets it)"
                        .formatted(options.port(), address.host(), cause.getMessage()),
                cause);
    }
}
