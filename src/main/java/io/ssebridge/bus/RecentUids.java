package io.ssebridge.bus;

import io.vertx.core.Promise;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
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

    /**
     * An event that has come.
     *
     * @param arrival its first coming
     * @param place its place, once it has one
     * @param since when it came, in milliseconds since 1970
     */
    record Entry(long arrival, Promise<Place> place, long since) {}

    /** Remembers for a time, and no more than so many. */
    RecentUids(long keptMillis, int max) {
        this.keptMillis = keptMillis;
        this.max = max;
    }

    @Nullable
    Entry find(long uid) {
        return entries.get(uid);
    }

    void add(long uid, long arrival, Promise<Place> place, long now) {
        Iterator<Entry> oldest = entries.values().iterator();
        while (oldest.hasNext()) {
            Entry entry = oldest.next();
            if (entries.size() < max && now - entry.since() < keptMillis) {
                break;
            }
            oldest.remove();
        }
        // At the end, where the newest are, even if it was there before.
        entries.remove(uid);
        entries.put(uid, new Entry(arrival, place, now));
    }

    void remove(long uid) {
        entries.remove(uid);
    }

    /** Forgets all but these. */
    void retain(Set<Long> uids) {
        entries.keySet().retainAll(uids);
    }
}
