package io.ssebridge.cli;

import io.ssebridge.BridgeOptions;
import java.nio.file.Path;
import java.util.Optional;

/** Starts a node once the command line is parsed. */
@FunctionalInterface
interface NodeStart {
    /**
     * Starts a node and returns once it serves requests.
     *
     * @param options the options of the node; {@link BridgeOptions#demo} tells whether to create a temporary key
     * @param file what the options were read from, to be read again when it changes; empty: no file
     * @param standalone whether the node runs without a cluster
     * @param clusterConfig the file with the configuration of Hazelcast, which exists
     */
    void start(BridgeOptions options, Optional<ConfigFile> file, boolean standalone, Optional<Path> clusterConfig);
}
