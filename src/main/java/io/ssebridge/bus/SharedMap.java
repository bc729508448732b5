package io.ssebridge.bus;

import io.vertx.core.Future;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A map that all nodes share; a node without a cluster has one of its own. Answers come on the caller's context.
 *
 * @param <K> names entries; has an {@code equals} of its own
 * @param <V> is never changed once it is in the map
 */
public interface SharedMap<K, V> {
    /**
     * Reads one entry.
     *
     * @param key its key
     * @return null: there is none
     */
    Future<@Nullable V> get(K key);

    /**
     * Reads several entries in one call.
     *
     * @param keys their keys
     * @return the entries that there are
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
     * Writes an entry unless there is one.
     *
     * @param key its key
     * @param value its value
     * @return the value that was there; null: it is written
     */
    Future<@Nullable V> putIfAbsent(K key, V value);

    /**
     * Writes an entry if there is one that has not changed.
     *
     * @param key its key
     * @param expected the value that it must have
     * @param value its new value
     * @return whether it is written
     */
    Future<Boolean> replaceIfPresent(K key, V expected, V value);

    /**
     * Removes an entry.
     *
     * @param key its key
     */
    Future<Void> remove(K key);

    /**
     * Removes an entry that has not changed.
     *
     * @param key its key
     * @param expected the value that it must have
     * @return whether it is removed
     */
    Future<Boolean> removeIfPresent(K key, V expected);

    /**
     * Reads all entries whose keys, texts, end in {@code @} and the same place, in one call where the map keeps such entries
     * together.
     *
     * @param place the end of the keys
     */
    Future<Map<K, V>> entriesAt(String place);

    /** Reads all keys. */
    Future<Set<K>> keys();
}
