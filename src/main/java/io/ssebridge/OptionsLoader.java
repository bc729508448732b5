package io.ssebridge;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.Configuration;
import io.ssebridge.config.Overrides;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Finds the configuration of a node; where there is none at all, the node is a demo. */
final class OptionsLoader {
    private static final String DEMO = """
            http: {host: 127.0.0.1}
            channels:
              - {channel: "sse", subscribe: public, publish: public}
              - {channel: "activity", subscribe: public, publish: authenticated}
              - {channel: "scores.{match}", address: "cricket.{match}.score", subscribe: public, publish: none}
            """;

    private final Overrides overrides;
    private final Path defaultFile;

    /** Takes what goes before any file, and the file that is read, if it exists, when none is named. */
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
        Optional<Path> found = file.or(() -> Optional.of(defaultFile).filter(Files::exists));
        if (found.isPresent()) {
            return Configuration.of(found.get(), overrides).read(BridgeOptions::from);
        }
        if (hasPurpose()) {
            return new Configuration("the defaults", "", overrides).read(BridgeOptions::from);
        }
        return new Configuration("demo mode", DEMO, overrides).read(BridgeOptions::demo);
    }

    // Who sets a key or channels means to run a real node without a file, not to look at a demo.
    private boolean hasPurpose() {
        return overrides.has("auth.jwt.secret") || overrides.has("auth.jwt.publicKey") || overrides.has("channels");
    }
}
