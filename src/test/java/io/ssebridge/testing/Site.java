package io.ssebridge.testing;

import java.util.List;
import java.util.stream.Stream;

/**
 * Where a process of a test runs.
 *
 * @param prefix the beginning of its command, which leads there
 * @param host where this JVM reaches it
 */
record Site(List<String> prefix, String host) {
    /** Beside this JVM. */
    static final Site HERE = new Site(List.of(), "127.0.0.1");

    Site {
        prefix = List.copyOf(prefix);
    }

    /** A command that runs there. */
    List<String> command(List<String> command) {
        return Stream.concat(prefix.stream(), command.stream()).toList();
    }
}
