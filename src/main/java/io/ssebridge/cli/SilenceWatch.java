package io.ssebridge.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Ends a connection on which nothing comes, not even a heartbeat: its node or the network may be gone without a word.
 * Threads: the reader, and its own thread, which looks once a second.
 */
final class SilenceWatch implements AutoCloseable {
    private static final Duration BEFORE_THE_FIRST_EVENT = Duration.ofSeconds(60);
    private static final Duration SHORTEST = Duration.ofSeconds(1);

    private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor(task -> {
        Thread watch = new Thread(task, "silence-watch");
        watch.setDaemon(true);
        return watch;
    });
    private volatile long patienceNanos = BEFORE_THE_FIRST_EVENT.toNanos();
    private volatile @Nullable Waiting waiting;

    private record Waiting(InputStream body, long sinceNanos) {}

    SilenceWatch() {
        var unused = thread.scheduleWithFixedDelay(this::look, 1, 1, TimeUnit.SECONDS);
    }

    /** Changes how long a connection may be silent. */
    void patience(Duration patience) {
        patienceNanos = (patience.compareTo(SHORTEST) < 0 ? SHORTEST : patience).toNanos();
    }

    /** Starts to watch a read. Between reads the output may be slow, not the node. */
    void startRead(InputStream body) {
        waiting = new Waiting(body, System.nanoTime());
    }

    void endRead() {
        waiting = null;
    }

    @Override
    public void close() {
        var unused = thread.shutdownNow();
    }

    private void look() {
        Waiting now = waiting;
        if (now != null && System.nanoTime() - now.sinceNanos() > patienceNanos) {
            try {
                now.body().close();
            } catch (IOException e) {
                // It has ended already.
            }
        }
    }
}
