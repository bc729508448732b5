package io.ssebridge.cluster;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import java.util.Optional;

/**
 * How this node speaks with the others on the event bus. Hazelcast itself, which finds them, has its own file.
 *
 * @param name the cluster's name, instead of the one in Hazelcast's file; nodes of other names are strangers
 * @param host the name or address to listen on for other nodes; {@code 127.0.0.1} unless given
 * @param port the TCP port to listen on; 0, any free one, unless given
 * @param publicHost where other nodes reach this one, if not at {@code host}
 * @param publicPort where other nodes reach this one, if not at {@code port}
 */
public record ClusterOptions(
        Optional<String> name, String host, int port, Optional<String> publicHost, Optional<Integer> publicPort) {
    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);
    private static final Range<Integer> PUBLIC_PORTS = Range.ofNumbers(1, 65_535);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
     */
    public ClusterOptions {
        PORTS.check("port", port);
        publicPort.ifPresent(given -> PUBLIC_PORTS.check("publicPort", given));
    }

    /**
     * Reads the section {@code cluster}.
     *
     * @param cluster the section
     */
    public static ClusterOptions from(Section cluster) {
        return cluster.build(() -> new ClusterOptions(
                cluster.optionalText("name"),
                cluster.text("host", "127.0.0.1"),
                cluster.quantity("port", 0, PORTS),
                cluster.optionalText("publicHost"),
                cluster.parsed("publicPort", PUBLIC_PORTS::read)));
    }
}
