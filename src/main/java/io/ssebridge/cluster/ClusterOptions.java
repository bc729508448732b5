package io.ssebridge.cluster;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.ssebridge.tls.TlsOptions;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/**
 * The options of the event bus between nodes. Hazelcast, which finds the other nodes, has its own file.
 *
 * @param name the name of the cluster, which replaces the name in Hazelcast's file; nodes with another name form
 *     another cluster
 * @param host the name or address to listen on for other nodes; Hazelcast's own address by default
 * @param port the TCP port to listen on; 0 by default, which means any free port
 * @param publicHost the host at which other nodes reach this node, if it is not {@code host}
 * @param publicPort the port at which other nodes reach this node, if it is not {@code port}
 * @param tls the certificate of this node, and the authority of those of all nodes; empty: the event bus is in clear text
 */
public record ClusterOptions(
        Optional<String> name,
        Optional<String> host,
        int port,
        Optional<String> publicHost,
        Optional<Integer> publicPort,
        Optional<TlsOptions> tls) {
    /** The path of the section with the certificates. */
    static final String TLS = "cluster.tls";

    /** The key of the certificates that sign those of all nodes, in the section {@value #TLS}. */
    static final String CA = "ca";

    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);
    private static final Range<Integer> PUBLIC_PORTS = Range.ofNumbers(1, 65_535);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if an option is wrong; the message begins with its key
     */
    public ClusterOptions {
        PORTS.check("port", port);
        publicPort.ifPresent(given -> PUBLIC_PORTS.check("publicPort", given));
        if (tls.isPresent() && tls.get().authority().isEmpty()) {
            throw new IllegalArgumentException(
                    "tls.ca: missing (expected: the PEM file of the authority that signs the certificates of all nodes)");
        }
    }

    /**
     * Reads the section {@code cluster}.
     *
     * @param cluster the section
     */
    public static ClusterOptions from(Section cluster) {
        return cluster.build(
                () -> new ClusterOptions(
                        cluster.optionalText(
                                Key.of("name", "The name of the cluster, instead of the one in `cluster.xml`")),
                        cluster.optionalText(Key.of(
                                        "host",
                                        "address",
                                        "Where the event bus listens for other nodes. A loopback address is refused if Hazelcast listens on another one")
                                .byDefault("Hazelcast's address")),
                        cluster.quantity(Key.of("port", "port", "Its port; 0: any free port"), 0, PORTS),
                        cluster.optionalText(Key.of(
                                        "publicHost",
                                        "address",
                                        "Where other nodes reach this node, if elsewhere. If `cluster.host` is `0.0.0.0`, the default is Hazelcast's address")
                                .byDefault("`cluster.host`")),
                        cluster.quantity(
                                Key.of(
                                                "publicPort",
                                                "port",
                                                "The port at which other nodes reach this node, if it is another one")
                                        .byDefault("`cluster.port`"),
                                PUBLIC_PORTS),
                        TlsOptions.from(
                                cluster.section("tls"),
                                Key.of(
                                        CA,
                                        "path",
                                        "PEM file with the authority that signs the certificates of all nodes and services; see [below](#tls-between-nodes)"))));
    }

    /** Returns the options as the section {@code cluster}, with the keys of the configuration. Empty ones are left out. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("port", port);
        name.ifPresent(given -> json.put("name", given));
        host.ifPresent(given -> json.put("host", given));
        publicHost.ifPresent(given -> json.put("publicHost", given));
        publicPort.ifPresent(given -> json.put("publicPort", given));
        tls.ifPresent(given -> json.put("tls", given.toJson(CA)));
        return json;
    }
}
