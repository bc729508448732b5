package io.ssebridge.membership;

import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map that all nodes share; a node without a cluster has its own. Answers arrive on the context of the caller.
 *
 * @param <K> the type of keys, which implements {@code equals}
 * @param <V> the type of values, which are never changed after they are in the map
 */
public interface SharedMap<K, V> {
    /**
     * Reads one entry.
     *
     * @param key its key
     * @return the value, or null if there is no entry
     */
    Future<@Nullable V> get(K key);

    /**
     * Reads several entries in one call.
     *
     * @param keys their keys
     * @return the existing entries
     */
    Future<Map<K, V>> getAll(Set<K> keys);

    /**
     * Writes an entry.
     *
     * @param key its key
     * @param value its value
     */
    Future<Void> put(K key, V value);

    /**
     * Writes an entry that vanishes after some time.
     *
     * @param key its key
     * @param value its value
     * @param kept the time for which it is kept, at least; a map that keeps all its entries for a time keeps this one no
     *     longer than the others
     */
    Future<Void> put(K key, V value, Duration kept);

    /**
     * Writes an entry if there is none.
     *
     * @param key its key
     * @param value its value
     * @return the existing value; null: the new value is written
     */
    Future<@Nullable V> putIfAbsent(K key, V value);

    /**
     * Replaces the value of an entry if it has the expected value.
     *
     * @param key its key
     * @param expected the value that the entry must have
     * @param value its new value
     * @return whether the new value is written
     */
    Future<Boolean> replaceIfPresent(K key, V expected, V value);

    /**
     * Removes an entry.
     *
     * @param key its key
     */
    Future<Void> remove(K key);

    /**
     * Removes an entry if it has the expected value.
     *
     * @param key its key
     * @param expected the value that the entry must have
     * @return whether the entry is removed
     */
    Future<Boolean> removeIfPresent(K key, V expected);

    /**
     * Reads all entries with keys that, as texts, end with {@code @} and the given partition. It costs no more than these
     * entries: a map of the cluster stores them together and reads them in one call.
     *
     * @param partition the end of the keys, without another {@code @}
     */
    Future<Map<K, V>> entriesIn(String partition);

    /** Reads all keys. */
    Future<Set<K>> keys();
}
