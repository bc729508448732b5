package io.ssebridge.hub;

import io.ssebridge.subscriber.Frames;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the seats of an {@link Audience} get in one write, made once for all that stand at the same entry.
 *
 * <p><b>Owner:</b> that of the audience, which {@linkplain #close lets go} of all after each round.
 */
final class Batches implements AutoCloseable {
    // A client that takes nothing holds on to what was written for it last.
    private static final int MAX_BYTES = 1 << 16;

    private final Newest newest;
    private final Map<Long, Batch> older = new HashMap<>();
    private @Nullable Batch last;
    private long end = -1;

    /**
     * Frames that go out together.
     *
     * @param from the number of their first entry
     * @param to the number behind the last
     */
    record Batch(long from, long to, Frames frames) {}

    Batches(Newest newest) {
        this.newest = newest;
    }

    /** What comes from a number on, as much as one write may have. */
    Batch from(long number) {
        if (end != newest.end()) {
            close();
            end = newest.end();
        }
        Batch found = last;
        if (found == null || found.from() != number) {
            found = older.computeIfAbsent(number, this::make);
            last = found;
        }
        return found;
    }

    private Batch make(long from) {
        List<Buffer> parts = new ArrayList<>();
        int length = 0;
        long to = from;
        while (to < end && (to == from || length < MAX_BYTES)) {
            Buffer frame = newest.get(to).alone();
            parts.add(frame);
            length += frame.length();
            to++;
        }
        return new Batch(from, to, Frames.of(parts));
    }

    /** Lets go of all. */
    @Override
    public void close() {
        if (last != null) {
            older.values().forEach(batch -> batch.frames().close());
            older.clear();
            last = null;
        }
    }
}
