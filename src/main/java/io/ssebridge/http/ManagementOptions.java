package io.ssebridge.http;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import java.util.OptionalInt;

/**
 * Where a node serves operators: its metrics.
 *
 * @param host the name or address to listen on; {@code 127.0.0.1} unless given, because nobody is asked for a token there
 * @param port the TCP port; empty, {@code http.port} plus one, unless given; 0: off
 */
public record ManagementOptions(String host, OptionalInt port) {
    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
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
                management.text("host", "127.0.0.1"),
                management.parsed("port", PORTS::read).map(OptionalInt::of).orElse(OptionalInt.empty())));
    }

    /** Tells whether the operator has switched it off. */
    public boolean isOff() {
        return port.isPresent() && port.getAsInt() == 0;
    }
}
