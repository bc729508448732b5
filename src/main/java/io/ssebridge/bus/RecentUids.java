package io.ssebridge.bus;

import io.ssebridge.event.Cursor;
import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The events that a leader has taken lately, by uid, whether already in the history or not: who hands one over again gets
 * the answer of the first time.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class RecentUids {
    private final long keptMillis;
    private final int max;
    private final Map<Long, Entry> entries = new LinkedHashMap<>();

    private record Entry(Promise<Cursor.At> numbered, long since) {}

    /** Remembers for a time, and no more than so many. */
    RecentUids(long keptMillis, int max) {
        this.keptMillis = keptMillis;
        this.max = max;
    }

    @Nullable
    Promise<Cursor.At> find(long uid) {
        Entry entry = entries.get(uid);
        return entry == null ? null : entry.numbered();
    }

    void add(long uid, Promise<Cursor.At> numbered, long now) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next();
            if (entries.size() < max && now - entry.since() < keptMillis) {
                break;
            }
            oldest.remove();
        }
        entries.put(uid, new Entry(numbered, now));
    }

    void remove(long uid) {
        entries.remove(uid);
    }
}
