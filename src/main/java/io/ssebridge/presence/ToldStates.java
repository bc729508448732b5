package io.ssebridge.presence;

import io.ssebridge.membership.SharedMap;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The states that have been told, in a map of the cluster. Each change names the state before it. So a leader that has been
 * replaced without knowing it changes nothing.
 *
 * <p><b>Owner:</b> the node's own context. It keeps no state.
 */
final class ToldStates {
    private static final Logger LOG = LoggerFactory.getLogger(ToldStates.class);

    private final SharedMap<String, String> map;

    ToldStates(SharedMap<String, String> map) {
        this.map = map;
    }

    /** Reads all states of a shard. An entry of another form is left out; another version may have written it. */
    Future<List<ToldState>> of(int shard) {
        return map.entriesIn(Integer.toString(shard)).map(entries -> {
            List<ToldState> states = new ArrayList<>(entries.size());
            entries.values().forEach(text -> read(text).ifPresent(states::add));
            return states;
        });
    }

    Future<Optional<ToldState>> find(int shard, Attendance attendance) {
        return map.get(attendance.key(shard)).map(text -> text == null ? Optional.empty() : read(text));
    }

    private static Optional<ToldState> read(String text) {
        try {
            return Optional.of(ToldState.decode(text));
        } catch (RuntimeException e) {
            LOG.warn("An entry of the map of presence cannot be read: {}", e.toString());
            return Optional.empty();
        }
    }

    /**
     * Writes the first state of a stay.
     *
     * @return whether it is written; otherwise there is another state
     */
    Future<Boolean> begin(int shard, ToldState state) {
        return map.putIfAbsent(state.attendance().key(shard), state.encode()).map(known -> known == null);
    }

    /**
     * Replaces a state by the next one. A lost entry is written again: both copies of an entry may be lost when two members
     * of the cluster leave at once.
     *
     * @return whether the next state is written; otherwise there is another state
     */
    Future<Boolean> replace(int shard, ToldState state, ToldState next) {
        String key = state.attendance().key(shard);
        return map.replaceIfPresent(key, state.encode(), next.encode())
                .compose(replaced -> replaced ? Future.succeededFuture(true) : begin(shard, next));
    }

    /** Removes the last state of a stay. */
    Future<Void> end(int shard, ToldState state) {
        return map.removeIfPresent(state.attendance().key(shard), state.encode())
                .mapEmpty();
    }
}
