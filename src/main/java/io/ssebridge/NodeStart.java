package io.ssebridge;

import java.nio.file.Path;
import java.util.Optional;

/** What the command line does once it has understood everything. */
@FunctionalInterface
interface NodeStart {
    /**
     * Starts a node and returns once it serves.
     *
     * @param options its options; {@link BridgeOptions#demo} tells whether to draw a throw-away key
     * @param standalone whether it joins no cluster
     * @param clusterConfig Hazelcast's configuration, a file that exists
     */
    void start(BridgeOptions options, boolean standalone, Optional<Path> clusterConfig);
}
