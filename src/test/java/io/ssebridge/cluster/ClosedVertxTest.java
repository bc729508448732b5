package io.ssebridge.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.testing.FreePorts;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * While a Vert.x is closed, Hazelcast still reports changes. The tasks that they would start fail, and nothing throws. This Vert.x is
 * clustered, so it is made by hand.
 */
@Timeout(60)
class ClosedVertxTest {
    @TempDir
    private Path directory = Path.of("");

    @Test
    void aRequestToAClosedVertx_fails() throws IOException, TimeoutException {
        Path file = Files.writeString(
                directory.resolve("cluster.xml"),
                Files.readString(Path.of("cluster.xml")).replaceAll("\\b5701<", FreePorts.range(10) + "<"));
        OwnHazelcast manager = start(file);
        Vertx vertx =
                Vertx.builder().withClusterManager(manager).buildClustered().await(30, TimeUnit.SECONDS);
        Nodes nodes = ClusteredNodes.open(vertx, manager).await(30, TimeUnit.SECONDS);
        SharedMaps maps = nodes.maps().orElseThrow();
        vertx.close().await(30, TimeUnit.SECONDS);

        assertThat(nodes.withdraw().failed()).isTrue();
        assertThat(maps.leaders().get(1).failed()).isTrue();
        assertThat(maps.leaders().put(1, "a").failed()).isTrue();
        assertThat(maps.leaders().remove(1).failed()).isTrue();
    }

    private static OwnHazelcast start(Path file) throws TimeoutException {
        var config = ClusterFile.load(Optional.of(file));
        config.setClusterName("test-" + UUID.randomUUID());
        Future<OwnHazelcast> started = OwnHazelcast.start(config);
        return started.await(30, TimeUnit.SECONDS);
    }
}
