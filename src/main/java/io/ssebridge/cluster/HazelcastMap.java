package io.ssebridge.cluster;

import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.map.IMap;
import com.hazelcast.query.Predicates;
import io.ssebridge.membership.SharedMap;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A map of the cluster. Any thread. Answers arrive on the context of the caller.
 *
 * <p>The maps of vertx-hazelcast offer the same, but they use the executor of Hazelcast for callbacks. On a machine
 * with one or two cores it starts a thread for each callback. This class calls back on the context of the caller. If
 * Hazelcast has only a blocking call, one of a few worker threads runs it.
 *
 * <p>From version 5.6 on, {@code setAsync} and {@code getAsync} have callbacks of Hazelcast too. The main program of the
 * jar gives Hazelcast threads for them.
 */
final class HazelcastMap<K, V> implements SharedMap<K, V> {
    private final Vertx vertx;
    private final WorkerExecutor workers;
    private final IMap<K, V> map;

    /**
     * Wraps a map.
     *
     * @param workers run the blocking calls
     * @param map the map
     */
    HazelcastMap(Vertx vertx, WorkerExecutor workers, IMap<K, V> map) {
        this.vertx = vertx;
        this.workers = workers;
        this.map = map;
    }

    @Override
    public Future<@Nullable V> get(K key) {
        return this.<@Nullable V>future(() -> map.getAsync(key));
    }

    @Override
    public Future<Map<K, V>> getAll(Set<K> keys) {
        return blocking(() -> map.getAll(keys));
    }

    @Override
    public Future<Void> put(K key, V value) {
        return future(() -> map.setAsync(key, value));
    }

    @Override
    public Future<Void> put(K key, V value, Duration kept) {
        return future(() -> map.setAsync(key, value, kept.toMillis(), TimeUnit.MILLISECONDS));
    }

    @Override
    public Future<@Nullable V> putIfAbsent(K key, V value) {
        return this.<@Nullable V>blocking(() -> map.putIfAbsent(key, value));
    }

    @Override
    public Future<Boolean> replaceIfPresent(K key, V expected, V value) {
        return blocking(() -> map.replace(key, expected, value));
    }

    @Override
    public Future<Void> remove(K key) {
        return blocking(() -> {
            map.delete(key);
            return null;
        });
    }

    @Override
    public Future<Boolean> removeIfPresent(K key, V expected) {
        return blocking(() -> map.remove(key, expected));
    }

    @Override
    public Future<Map<K, V>> entriesIn(String partition) {
        return blocking(
                () -> map.entrySet(Predicates.<K, V>partitionPredicate(partition, Predicates.alwaysTrue())).stream()
                        .filter(entry -> entry.getKey().toString().endsWith("@" + partition))
                        .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue)));
    }

    @Override
    public Future<Set<K>> keys() {
        // Hazelcast's set reads its keys again at each look. The copy is made once, on the worker thread.
        return blocking(() -> Set.copyOf(map.keySet()));
    }

    private <T extends @Nullable Object> Future<T> blocking(Callable<T> call) {
        return Blocking.call(workers, call);
    }

    private <T extends @Nullable Object> Future<T> future(Supplier<CompletionStage<? extends T>> call) {
        CompletionStage<? extends T> stage;
        try {
            stage = call.get();
        } catch (HazelcastInstanceNotActiveException closed) {
            return Future.failedFuture(closed);
        }
        return Stages.onContext(vertx, stage);
    }
}
