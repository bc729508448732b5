package io.ssebridge.http;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.Supplier;

/** The static files that are served in addition to the API. */
public sealed interface Webroot {
    /** The demo and the client module in the jar. */
    record Bundled() implements Webroot {}

    /** No static files. */
    record None() implements Webroot {}

    /**
     * A directory of the operator's own.
     *
     * @param path the directory
     */
    record Directory(Path path) implements Webroot {
        /** Checks that the directory exists. */
        public Directory {
            if (!Files.isDirectory(path)) {
                throw new IllegalArgumentException(
                        "\"%s\" (expected: bundled, none or an existing directory)".formatted(path));
            }
        }
    }

    /**
     * Reads a webroot from the configuration.
     *
     * @param text {@code bundled}, {@code none} or the path of a directory
     * @throws IllegalArgumentException if there is no such directory
     */
    static Webroot of(String text) {
        return switch (text) {
            case "bundled" -> new Bundled();
            case "none" -> new None();
            default -> new Directory(Path.of(text));
        };
    }

    /**
     * Returns one value for each case.
     *
     * @param bundled for {@link Bundled}
     * @param none for {@link None}
     * @param directory for {@link Directory}
     * @param <T> the type of the value
     */
    default <T> T fold(Supplier<T> bundled, Supplier<T> none, Function<Path, T> directory) {
        if (this instanceof Directory own) {
            return directory.apply(own.path());
        }
        return this instanceof Bundled ? bundled.get() : none.get();
    }
}
