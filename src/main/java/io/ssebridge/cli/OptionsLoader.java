package io.ssebridge.cli;

import io.ssebridge.BridgeOptions;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds the configuration of a node. Without any configuration the node is a demo. */
final class OptionsLoader {
    private static final String DEMO = "demo.yaml";

    private final Overrides overrides;
    private final Path defaultFile;

    /**
     * Creates a loader. The overrides replace values of any file; the default file is read if it exists and the
     * operator names no other file.
     */
    OptionsLoader(Overrides overrides, Path defaultFile) {
        this.overrides = overrides;
        this.defaultFile = defaultFile;
    }

    /**
     * Reads the options of a node.
     *
     * @param file the file that the operator named
     * @throws ConfigException if they are wrong
     */
    BridgeOptions load(Optional<Path> file) {
        Optional<Path> found = found(file);
        if (found.isPresent()) {
            return loadFile(found.get()).options();
        }
        if (hasPurpose()) {
            return new Configuration("the defaults", "", overrides).read(BridgeOptions::from);
        }
        return new Configuration("demo mode", demo(), overrides).read(BridgeOptions::demo);
    }

    /**
     * Returns the file with the options; empty if the options come from no file.
     *
     * @param file the file that the operator named
     */
    Optional<Path> found(Optional<Path> file) {
        return file.or(() -> Optional.of(defaultFile).filter(Files::exists));
    }

    /**
     * Reads the options of a node from a file.
     *
     * @throws ConfigException if they are wrong
     */
    Configuration.Loaded<BridgeOptions> loadFile(Path file) {
        return Configuration.of(file, overrides).load(BridgeOptions::from);
    }

    private static String demo() {
        try (InputStream file = Objects.requireNonNull(OptionsLoader.class.getResourceAsStream(DEMO), DEMO)) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Finds all mistakes in a file.
     *
     * @param file the file
     * @return the message of each, none if a node can read its options from the file
     * @throws ConfigException if there is no such file
     */
    List<String> mistakes(Path file) {
        return Configuration.of(file, overrides).mistakes(BridgeOptions::from);
    }

    /** Returns an environment variable that is not a key of the configuration. */
    Optional<String> environment(String variable) {
        return Optional.ofNullable(overrides.environment().get(variable));
    }

    // An operator who sets a key or channels wants a real node without a file, not a demo.
    private boolean hasPurpose() {
        return Stream.of("auth.jwt.secret", "auth.jwt.secrets", "auth.jwt.publicKey", "auth.jwt.jwks", "channels")
                .anyMatch(overrides::has);
    }
}
