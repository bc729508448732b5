package io.ssebridge.cluster;

import com.hazelcast.config.AliasedDiscoveryConfig;
import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import com.hazelcast.config.TcpIpConfig;
import com.hazelcast.instance.BuildInfoProvider;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the operator why a node is in no cluster yet: the addresses that it asks, and the likely causes. Hazelcast itself
 * tries again without a word in the log. Any thread.
 */
final class JoinReport {
    /** The property that sets how long Hazelcast tries. */
    static final String MAX_JOIN_SECONDS = "hazelcast.max.join.seconds";

    private static final Logger LOG = LoggerFactory.getLogger(JoinReport.class);
    private static final Duration REPORT_AFTER = Duration.ofSeconds(5);
    private static final int MAX_ADDRESSES = 10;

    private final Config config;
    private final HazelcastLog log;

    JoinReport(Config config, HazelcastLog log) {
        this.config = config;
        this.log = log;
    }

    /** Writes one line to the log if a node is in no cluster after some seconds. */
    void watch(Future<?> joined) {
        CompletableFuture.delayedExecutor(REPORT_AFTER.toMillis(), TimeUnit.MILLISECONDS)
                .execute(() -> {
                    if (!joined.isComplete()) {
                        LOG.warn(
                                "Not in a cluster after {} s, trying for {} s: {}",
                                REPORT_AFTER.toSeconds(),
                                config.getProperty(MAX_JOIN_SECONDS),
                                causes());
                    }
                });
    }

    /** Returns the message for the time when Hazelcast has given up. */
    String failure() {
        return log.refusal()
                .map(reason -> "the cluster at %s refuses this node: %s".formatted(asked(), reason))
                .orElseGet(() ->
                        "not in a cluster after %s s: %s".formatted(config.getProperty(MAX_JOIN_SECONDS), causes()));
    }

    private String causes() {
        return "asked %s, and none lets this node in. Check that the addresses are right and reachable, that the cluster's name there is \"%s\", and that Hazelcast there is of version %s"
                .formatted(
                        asked(),
                        config.getClusterName(),
                        BuildInfoProvider.getBuildInfo().getVersion());
    }

    /** Returns the addresses or groups that Hazelcast asks, as far as its configuration names them. */
    private String asked() {
        JoinConfig join = config.getNetworkConfig().getJoin();
        TcpIpConfig members = join.getTcpIpConfig();
        if (members.isEnabled()) {
            return addresses(members);
        }
        List<String> asked = new ArrayList<>();
        explicit(join)
                .filter(AliasedDiscoveryConfig::isEnabled)
                .forEach(discovery -> asked.add("the nodes that " + discovery.getTag() + " names"));
        if (join.getDiscoveryConfig().isEnabled()) {
            asked.add("the nodes that its discovery names");
        }
        if (join.getMulticastConfig().isEnabled()) {
            asked.add("the multicast group %s:%d"
                    .formatted(
                            join.getMulticastConfig().getMulticastGroup(),
                            join.getMulticastConfig().getMulticastPort()));
        }
        return asked.isEmpty() ? "the nodes that Hazelcast finds by itself" : String.join(", ", asked);
    }

    private static String addresses(TcpIpConfig members) {
        List<String> all = new ArrayList<>(members.getMembers());
        String required = members.getRequiredMember();
        if (required != null) {
            all.add(required);
        }
        String first = String.join(", ", all.subList(0, Math.min(all.size(), MAX_ADDRESSES)));
        return all.size() <= MAX_ADDRESSES ? first : "%s and %d more".formatted(first, all.size() - MAX_ADDRESSES);
    }

    /** Returns the ways to find nodes that belong to one kind of network each. */
    static Stream<AliasedDiscoveryConfig<?>> explicit(JoinConfig join) {
        return Stream.<AliasedDiscoveryConfig<?>>of(
                join.getAwsConfig(),
                join.getGcpConfig(),
                join.getAzureConfig(),
                join.getKubernetesConfig(),
                join.getEurekaConfig());
    }
}
