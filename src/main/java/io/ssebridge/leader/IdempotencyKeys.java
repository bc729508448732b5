package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.membership.SharedMap;
import io.ssebridge.membership.SharedMaps;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The cursors of events with keys, in a map of the cluster, so that a new leader knows the answers of the previous one.
 *
 * <p>An entry of the map holds the events of one batch: its time, then the uid, the sequence and the tag of each event.
 * The key of the entry contains a hash of the channel, the first event, and after an {@code @} the partition: in a
 * cluster the shard. The cluster stores all entries of a shard together, so a new leader reads them in one call. Two
 * channels with the same hash do no harm, because their events have different uids.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
public final class IdempotencyKeys {
    /** The time in which a publisher may repeat an event with the same key. */
    static final Duration WINDOW = SharedMaps.KEY_WINDOW;

    private static final int FIELDS = 3;

    private final SharedMap<String, long[]> batches;
    private final Function<ChannelName, String> partitionOf;
    // A change of leaders needs many channels of a shard at once, so concurrent readers share one look-up.
    private final Map<String, Future<Map<String, List<Kept>>>> inFlight = new HashMap<>();

    /**
     * The cursor of an event with a key.
     *
     * @param uid the uid of the event
     * @param cursor the cursor in the history
     * @param timeMillis the time of its frame, in milliseconds since 1970
     */
    record Kept(long uid, Cursor.At cursor, long timeMillis) {}

    /**
     * Creates a reader and writer of stored keys.
     *
     * @param maps the shared maps of the node
     */
    public IdempotencyKeys(SharedMaps maps) {
        batches = maps.keys();
        partitionOf = maps.keyPartition();
    }

    /** Stores the cursors of events that were appended together. */
    Future<Void> keep(ChannelName channel, List<NumberedFrame> events) {
        long[] batch = new long[1 + FIELDS * events.size()];
        batch[0] = events.get(0).frame().timeMillis();
        for (int i = 0; i < events.size(); i++) {
            Cursor.At cursor = events.get(i).cursor();
            batch[1 + FIELDS * i] = events.get(i).frame().uid();
            batch[2 + FIELDS * i] = cursor.sequence();
            batch[3 + FIELDS * i] = cursor.tag();
        }
        String partition = partitionOf.apply(channel);
        return batches.put("%s:%x:%x@%s".formatted(channel.hash(), batch[2], batch[3], partition), batch);
    }

    /** Returns the stored events of a channel. Some may be older than {@link #WINDOW}. */
    Future<List<Kept>> find(ChannelName channel) {
        return in(partitionOf.apply(channel)).map(all -> all.getOrDefault(channel.hash(), List.of()));
    }

    private Future<Map<String, List<Kept>>> in(String partition) {
        Future<Map<String, List<Kept>>> look = inFlight.get(partition);
        if (look == null) {
            look = batches.entriesIn(partition).map(IdempotencyKeys::byChannel);
            inFlight.put(partition, look);
            look.onComplete(done -> inFlight.remove(partition));
        }
        return look;
    }

    private static Map<String, List<Kept>> byChannel(Map<String, long[]> entries) {
        Map<String, List<Kept>> channels = new HashMap<>();
        entries.forEach((key, batch) -> {
            List<Kept> events =
                    channels.computeIfAbsent(key.substring(0, key.indexOf(':')), first -> new ArrayList<>());
            for (int i = 1; i < batch.length; i += FIELDS) {
                events.add(new Kept(batch[i], new Cursor.At(batch[i + 1], (int) batch[i + 2]), batch[0]));
            }
        });
        return channels;
    }
}
