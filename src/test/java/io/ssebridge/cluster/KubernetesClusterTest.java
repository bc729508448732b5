package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.hazelcast.config.Config;
import com.hazelcast.config.JoinConfig;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The cluster configuration for Kubernetes. */
class KubernetesClusterTest {
    @Test
    void theFile_isRead_andLacksNothing() {
        Config config = ClusterFile.load(Optional.of(Path.of("src/ops/kubernetes/cluster.xml")));
        JoinConfig join = config.getNetworkConfig().getJoin();

        assertThat(BridgeCluster.missing(config)).isEmpty();
        assertThat(join.getKubernetesConfig().isEnabled()).isTrue();
        assertThat(join.getMulticastConfig().isEnabled()).isFalse();
        assertThat(join.getAutoDetectionConfig().isEnabled()).isFalse();
        assertThat(config.getNetworkConfig().isPortAutoIncrement()).isFalse();
    }
}
