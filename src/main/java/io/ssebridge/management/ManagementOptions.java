package io.ssebridge.management;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.util.OptionalInt;

/**
 * The host and port where a node serves its metrics to operators.
 *
 * @param host the name or address to listen on; default {@code 127.0.0.1}, because metrics need no token
 * @param port the TCP port; empty, which is the default: {@code http.port} plus one; 0: off
 */
public record ManagementOptions(String host, OptionalInt port) {
    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message starts with its key
     */
    public ManagementOptions {
        port.ifPresent(given -> PORTS.check("port", given));
    }

    /**
     * Reads the section {@code management}.
     *
     * @param management the section
     */
    public static ManagementOptions from(Section management) {
        return management.build(() -> new ManagementOptions(
                management.text(
                        Key.of(
                                "host",
                                "address",
                                "Name or address where metrics and [health](operations.md#health) are served; no token is needed there"),
                        "127.0.0.1"),
                management
                        .quantity(
                                Key.of(
                                                "port",
                                                "port",
                                                "0: off. If the default port is taken, the node runs without them and says so in the log")
                                        .byDefault("`http.port` + 1"),
                                PORTS)
                        .map(OptionalInt::of)
                        .orElse(OptionalInt.empty())));
    }

    /** Returns the options as the section {@code management}, with the keys of the configuration. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject().put("host", host);
        port.ifPresent(given -> json.put("port", given));
        return json;
    }

    /** Tells whether the operator has switched the metrics off. */
    public boolean isOff() {
        return port.isPresent() && port.getAsInt() == 0;
    }
}
