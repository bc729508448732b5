package io.ssebridge.cli;

import io.ssebridge.BridgeOptions;
import io.ssebridge.config.Configuration.Loaded;
import io.ssebridge.encoding.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Set;
import java.util.TreeSet;

/**
 * The file of a configuration, with the files of keys that it names.
 *
 * <p>Any thread; {@link #read} one at a time.
 */
final class ConfigFile {
    private final OptionsLoader loader;
    private final Path file;
    private volatile Set<Path> named = Set.of();
    // The content that was read last.
    private volatile String taken = "";

    ConfigFile(OptionsLoader loader, Path file) {
        this.loader = loader;
        this.file = file;
    }

    /**
     * Reads the options.
     *
     * @throws io.ssebridge.config.ConfigException if they are wrong
     */
    BridgeOptions read() {
        // Before the content is read: a change that comes in between is a change.
        String before = fingerprint(file);
        taken = before + fingerprint(named);
        Loaded<BridgeOptions> loaded = loader.loadFile(file);
        named = loaded.files();
        taken = before + fingerprint(named);
        return loaded.options();
    }

    /** Returns the {@link #fingerprint} of the content that was read last. */
    String taken() {
        return taken;
    }

    /** Returns a text that differs if the content of a file differs. It blocks. */
    String fingerprint() {
        return fingerprint(file) + fingerprint(named);
    }

    private static String fingerprint(Set<Path> keys) {
        StringBuilder all = new StringBuilder();
        new TreeSet<>(keys).forEach(key -> all.append(' ').append(fingerprint(key)));
        return all.toString();
    }

    private static String fingerprint(Path content) {
        try {
            return HexFormat.of().formatHex(Sha256.hash(Files.readAllBytes(content)));
        } catch (IOException e) {
            return "unreadable";
        }
    }
}
