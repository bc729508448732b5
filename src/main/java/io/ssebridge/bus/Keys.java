package io.ssebridge.bus;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.Frame;
import io.vertx.core.Future;
import io.vertx.core.shareddata.AsyncMap;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/**
 * Where the events with keys are: a map of the cluster, so that a new leader knows what the one before has answered. Any
 * thread.
 */
final class Keys {
    /** How long a publisher may come again with the same key. */
    static final Duration WINDOW = Duration.ofMinutes(5);

    private final AsyncMap<String, Long> sequences;

    Keys(AsyncMap<String, Long> sequences) {
        this.sequences = sequences;
    }

    /** Remembers where an event is. */
    Future<Void> keep(long uid, Cursor.At place) {
        return sequences.put(Long.toHexString(uid), place.sequence(), WINDOW.toMillis());
    }

    /** Those of the events that are somewhere. */
    Future<Map<Long, Cursor.At>> find(Collection<Long> uids) {
        Map<Long, Future<Long>> looks = new HashMap<>();
        uids.forEach(uid -> looks.put(uid, sequences.get(Long.toHexString(uid))));
        return Future.all(looks.values().stream().toList()).map(done -> {
            Map<Long, Cursor.At> found = new HashMap<>();
            looks.forEach((uid, look) -> {
                Long sequence = look.result();
                if (sequence != null) {
                    found.put(uid, new Cursor.At(sequence, Frame.tag(uid)));
                }
            });
            return found;
        });
    }
}
