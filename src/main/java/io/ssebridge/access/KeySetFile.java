package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/** A key set in a file. It is read every few seconds, because a change of it is not told. */
final class KeySetFile implements KeySetDocument {
    private static final Duration PERIOD = Duration.ofSeconds(5);
    private static final Duration LEAST_PERIOD = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final Path file;
    private final Duration period;
    private final Duration leastPeriod;

    KeySetFile(Vertx vertx, Path file) {
        this(vertx, file, PERIOD, LEAST_PERIOD);
    }

    KeySetFile(Vertx vertx, Path file, Duration period, Duration leastPeriod) {
        this.vertx = vertx;
        this.file = file;
        this.period = period;
        this.leastPeriod = leastPeriod;
    }

    @Override
    public Future<byte[]> read() {
        return vertx.executeBlocking(() -> content(file), false).map(Objects::requireNonNull);
    }

    /** Reads a file, but no more of it than the limit and one byte. */
    static byte[] content(Path file) throws IOException {
        if (!Files.isRegularFile(file)) {
            // A pipe could keep the thread for ever.
            throw new KeySetException("there is no such file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(KeySetReader.MAX_BYTES + 1);
        }
    }

    @Override
    public Duration period() {
        return period;
    }

    @Override
    public Duration leastPeriod() {
        return leastPeriod;
    }

    @Override
    public String location() {
        return file.toString();
    }

    @Override
    public void close() {
        // It holds nothing between two readings.
    }
}
