package io.ssebridge.hub;

import io.ssebridge.subscriber.Frames;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * What the seats of an {@link Audience} get in one write, made once for all that stand at the same entry.
 *
 * <p><b>Owner:</b> that of the audience, which {@linkplain #close lets go} of all when it has more to give, or nobody is
 * left to give it to.
 */
final class Batches implements AutoCloseable {
    // A client that takes nothing holds on to what was written for it last.
    private static final int MAX_BYTES = 1 << 16;

    private final Newest newest;
    private final Map<Long, Batch> older = new HashMap<>();
    private @Nullable Batch last;

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

    /**
     * What comes from a number on, as much as one write may have.
     *
     * @param end the number behind the last; the same until all is let go of
     */
    Batch from(long number, long end) {
        Batch found = last;
        if (found == null || found.from() != number) {
            found = older.computeIfAbsent(number, from -> make(from, end));
            last = found;
        }
        return found;
    }

    boolean isEmpty() {
        return last == null;
    }

    private Batch make(long from, long end) {
        List<Entry> entries = fitting(from, end, newest::get);
        return new Batch(
                from,
                from + entries.size(),
                Frames.of(entries.stream().map(Entry::alone).toList()));
    }

    /** The entries from a number on that one write may have. */
    static List<Entry> fitting(long from, long end, LongFunction<Entry> entries) {
        List<Entry> some = new ArrayList<>();
        int length = 0;
        for (long number = from; number < end && length < MAX_BYTES; number++) {
            Entry entry = entries.apply(number);
            some.add(entry);
            length += entry.alone().length();
        }
        return some;
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
