package io.ssebridge.cluster;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.hazelcast.config.AliasedDiscoveryConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The settings of Hazelcast without which the bridge does not keep its promises. Any thread. */
public final class BridgeCluster {
    private static final String CONSUMERS = "__vertx.subs";

    /** Properties that are set if the configuration does not set them. */
    private static final Map<String, String> PROPERTIES = Map.ofEntries(
            Map.entry("hazelcast.phone.home.enabled", "false"),
            Map.entry("hazelcast.logging.type", "slf4j"),
            Map.entry("hazelcast.socket.bind.any", "false"),
            Map.entry("hazelcast.wait.seconds.before.join", "0"),
            // A frozen or unreachable node is removed after 10 s; the default of Hazelcast is a minute.
            Map.entry("hazelcast.heartbeat.interval.seconds", "2"),
            Map.entry("hazelcast.max.no.heartbeat.seconds", "10"),
            // The default of Hazelcast is five minutes.
            Map.entry(JoinReport.MAX_JOIN_SECONDS, "120"),
            Map.entry("hazelcast.merge.first.run.delay.seconds", "10"),
            Map.entry("hazelcast.merge.next.run.delay.seconds", "10"),
            Map.entry("hazelcast.operation.call.timeout.millis", "15000"),
            // BatchWriter.CERTAIN must be shorter than this time.
            Map.entry("hazelcast.operation.backup.timeout.millis", "5000"));

    private static final Set<String> NEEDED = Set.of(
            "hazelcast.heartbeat.interval.seconds",
            "hazelcast.max.no.heartbeat.seconds",
            "hazelcast.operation.call.timeout.millis",
            "hazelcast.operation.backup.timeout.millis");

    private BridgeCluster() {}

    /**
     * Prepares a configuration of Hazelcast for the bridge: the loss of a node is noticed in time, and the registrations of
     * consumers survive it. Properties that are set already stay as they are. Call it before Hazelcast starts.
     *
     * @param config a configuration, which is changed
     * @return the same configuration
     */
    @CanIgnoreReturnValue
    public static Config configure(Config config) {
        PROPERTIES.forEach((name, value) -> {
            if (config.getProperty(name) == null) {
                config.setProperty(name, value);
            }
        });
        // The bridge stops Hazelcast itself, after it has handed over its shards.
        config.setProperty("hazelcast.shutdownhook.enabled", "false");
        // The registered consumers must survive the loss of the node that stores them.
        config.getMultiMapConfig(CONSUMERS).setBackupCount(1);
        JoinConfig join = config.getNetworkConfig().getJoin();
        if (join.getTcpIpConfig().isEnabled()
                || join.getDiscoveryConfig().isEnabled()
                || JoinReport.explicit(join).anyMatch(AliasedDiscoveryConfig::isEnabled)) {
            join.getAutoDetectionConfig().setEnabled(false);
            join.getMulticastConfig().setEnabled(false);
        }
        return config;
    }

    /** Returns the settings that are missing in a configuration. */
    static List<String> missing(Config config) {
        List<String> missing = new ArrayList<>(PROPERTIES.keySet().stream()
                .filter(name -> NEEDED.contains(name) && config.getProperty(name) == null)
                .sorted()
                .toList());
        if (config.findMultiMapConfig(CONSUMERS).getBackupCount() < 1) {
            missing.add("a backup of " + CONSUMERS);
        }
        return missing;
    }
}
