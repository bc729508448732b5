package io.ssebridge.membership;

import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The map of a node without a cluster, which shares it with no other node. Any thread: the guard is its own lock, held for
 * one operation.
 */
final class LocalMap<K, V> implements SharedMap<K, V> {
    private final NodeClock clock;
    private final long keptMillis;
    private final int max;
    // In the order of writing, the oldest entry first.
    private final Map<K, TimedValue<V>> entries = new LinkedHashMap<>();
    // The keys with an @, by the text after it.
    private final Map<String, Set<K>> keysByPartition = new HashMap<>();

    private record TimedValue<V>(V value, long writtenMillis, long keptMillis) {}

    /** Creates a map that keeps all entries. */
    LocalMap(NodeClock clock) {
        this(clock, Duration.ofMillis(Long.MAX_VALUE), Integer.MAX_VALUE);
    }

    /**
     * Creates a map that keeps each entry for a time after it was written, and drops the oldest entries if there are
     * too many.
     *
     * @param kept the time for which an entry is kept
     * @param max the largest number of entries
     */
    LocalMap(NodeClock clock, Duration kept, int max) {
        this.clock = clock;
        this.keptMillis = kept.toMillis();
        this.max = max;
    }

    @Override
    public synchronized Future<@Nullable V> get(K key) {
        return Future.succeededFuture(find(key));
    }

    @Override
    public synchronized Future<Map<K, V>> getAll(Set<K> keys) {
        Map<K, V> found = new HashMap<>();
        for (K key : keys) {
            V value = find(key);
            if (value != null) {
                found.put(key, value);
            }
        }
        return Future.succeededFuture(found);
    }

    @Override
    public synchronized Future<Void> put(K key, V value) {
        write(key, value);
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Void> put(K key, V value, Duration kept) {
        write(key, value, Math.min(keptMillis, kept.toMillis()));
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<@Nullable V> putIfAbsent(K key, V value) {
        V known = find(key);
        if (known == null) {
            write(key, value);
        }
        return Future.succeededFuture(known);
    }

    @Override
    public synchronized Future<Boolean> replaceIfPresent(K key, V expected, V value) {
        boolean same = expected.equals(find(key));
        if (same) {
            write(key, value);
        }
        return Future.succeededFuture(same);
    }

    @Override
    public synchronized Future<Void> remove(K key) {
        drop(key);
        return Future.succeededFuture();
    }

    @Override
    public synchronized Future<Boolean> removeIfPresent(K key, V expected) {
        boolean same = expected.equals(find(key));
        if (same) {
            drop(key);
        }
        return Future.succeededFuture(same);
    }

    @Override
    public synchronized Future<Map<K, V>> entriesIn(String partition) {
        return getAll(keysByPartition.getOrDefault(partition, Set.of()));
    }

    @Override
    public synchronized Future<Set<K>> keys() {
        return Future.succeededFuture(unexpired().map(Map.Entry::getKey).collect(Collectors.toUnmodifiableSet()));
    }

    private Stream<Map.Entry<K, TimedValue<V>>> unexpired() {
        long nowMillis = clock.elapsedMillis();
        return entries.entrySet().stream().filter(entry -> !isOver(entry.getValue(), nowMillis));
    }

    private @Nullable V find(K key) {
        TimedValue<V> entry = entries.get(key);
        return entry == null || isOver(entry, clock.elapsedMillis()) ? null : entry.value();
    }

    private void write(K key, V value) {
        write(key, value, keptMillis);
    }

    private void write(K key, V value, long ofThisMillis) {
        long nowMillis = clock.elapsedMillis();
        // Removing the entry first makes it the newest one.
        if (entries.remove(key) == null) {
            partition(key)
                    .ifPresent(partition -> keysByPartition
                            .computeIfAbsent(partition, first -> new HashSet<>(4))
                            .add(key));
        }
        entries.put(key, new TimedValue<>(value, nowMillis, ofThisMillis));
        Iterator<Map.Entry<K, TimedValue<V>>> oldest = entries.entrySet().iterator();
        while (oldest.hasNext()) {
            Map.Entry<K, TimedValue<V>> next = oldest.next();
            if (!isOver(next.getValue(), nowMillis) && entries.size() <= max) {
                return;
            }
            oldest.remove();
            leavePartition(next.getKey());
        }
    }

    private void drop(K key) {
        if (entries.remove(key) != null) {
            leavePartition(key);
        }
    }

    private void leavePartition(K key) {
        partition(key)
                .ifPresent(partition -> keysByPartition.computeIfPresent(partition, (same, keys) -> {
                    keys.remove(key);
                    return keys.isEmpty() ? null : keys;
                }));
    }

    private static Optional<String> partition(Object key) {
        String text = key.toString();
        int at = text.lastIndexOf('@');
        return at < 0 ? Optional.empty() : Optional.of(text.substring(at + 1));
    }

    private static boolean isOver(TimedValue<?> entry, long nowMillis) {
        return nowMillis - entry.writtenMillis() >= entry.keptMillis();
    }
}
