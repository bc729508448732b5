package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.SharedBody;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The encoded batches that the seats of an {@link Audience} get in one write. Each batch is made once for all seats
 * that need the same first event.
 *
 * <p><b>Owner:</b> the owner of the audience. It {@linkplain #close releases} all batches when newer events are to be
 * sent, or when no seats are left.
 */
final class Batches implements AutoCloseable {
    // Seats at a thousand different cursors need a thousand batches. Batches are kept for other seats only up to this
    // size.
    private static final int MAX_KEPT_BYTES = 1 << 20;

    private final ChannelName channel;
    private final RecentEvents recent;
    private final Map<Long, Batch> older = new HashMap<>();
    private final Map<Long, SharedBody> bodies = new HashMap<>();
    private @Nullable Batch last;
    private @Nullable SelectedBatches selected;
    private int kept;

    /**
     * Events that are sent together.
     *
     * @param from the number of the first one
     * @param to the number after the last one
     */
    record Batch(long from, long to, EncodedBatch encoded) {}

    Batches(ChannelName channel, RecentEvents recent) {
        this.channel = channel;
        this.recent = recent;
    }

    /**
     * Returns the batch that begins with a number, as large as one write may be.
     *
     * @param end the number after the last event; stays the same until all batches are released
     */
    Batch from(long number, long end) {
        Batch found = last;
        if (found == null || found.from() != number) {
            found = older.get(number);
            if (found == null) {
                found = make(number, end);
            }
            last = found;
        }
        return found;
    }

    boolean isEmpty() {
        return older.isEmpty() && bodies.isEmpty() && (selected == null || selected.isEmpty());
    }

    private Batch make(long from, long end) {
        List<EncodedEvent> events = fitting(from, end, recent::get, false);
        EncodedBatch batch =
                EncodedBatch.of(events.stream().map(EncodedEvent::alone).toList());
        keep(batch.length());
        Batch made = new Batch(from, from + events.size(), batch);
        older.put(from, made);
        return made;
    }

    /** Returns the lines of an event that the streams with ids of their own share. */
    SharedBody body(long number) {
        SharedBody found = bodies.get(number);
        if (found == null) {
            EncodedEvent encoded = recent.get(number);
            keep(encoded.body().length());
            found = new SharedBody(encoded.body());
            bodies.put(number, found);
        }
        return found;
    }

    /** Returns the batches for seats that do not get each event as it is encoded for all. */
    SelectedBatches selected() {
        SelectedBatches made = selected;
        if (made == null) {
            made = new SelectedBatches(channel, recent::get, MAX_KEPT_BYTES);
            selected = made;
        }
        return made;
    }

    private void keep(int more) {
        if (kept > 0 && kept + more > MAX_KEPT_BYTES) {
            close();
        }
        kept += more;
    }

    /**
     * Returns the events from a number on, as many as one write may contain.
     *
     * @param numbered whether they are for one stream that has its own ids
     */
    static List<EncodedEvent> fitting(long from, long end, LongFunction<EncodedEvent> events, boolean numbered) {
        List<EncodedEvent> some = new ArrayList<>();
        WriteSize size = new WriteSize(numbered);
        for (long number = from; number < end && size.hasRoom(); number++) {
            EncodedEvent encoded = events.apply(number);
            some.add(encoded);
            size.add(encoded);
        }
        return some;
    }

    /** Releases all batches and shared bodies. */
    @Override
    public void close() {
        last = null;
        kept = 0;
        if (selected != null) {
            selected.close();
        }
        for (Iterator<Batch> all = older.values().iterator(); all.hasNext(); ) {
            EncodedBatch batch = all.next().encoded();
            all.remove();
            batch.close();
        }
        for (Iterator<SharedBody> all = bodies.values().iterator(); all.hasNext(); ) {
            SharedBody body = all.next();
            all.remove();
            body.close();
        }
    }
}
