package io.ssebridge.presence;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One attendance as the leader of its shard knows it: the nodes on which it is, and what has been told about it.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Stay {
    final Attendance attendance;
    // Null: it is told to be away.
    @Nullable
    ToldState told;
    // Whether a change is being told.
    boolean isTelling;
    // When its last node left, by the monotonic clock.
    long awaySinceMillis;
    private final Map<String, String> properties = new HashMap<>(2);

    Stay(Attendance attendance) {
        this.attendance = attendance;
    }

    boolean isThere() {
        return !properties.isEmpty();
    }

    /** Returns the public properties on one of its nodes, as JSON. */
    String properties() {
        return properties.values().iterator().next();
    }

    void enter(String node, String newProperties) {
        properties.put(node, newProperties);
    }

    void leave(String node, long nowMillis) {
        if (properties.remove(node) != null && properties.isEmpty()) {
            awaySinceMillis = nowMillis;
        }
    }

    /** Returns whether nothing is left to be told. */
    boolean isSettled() {
        return isThere() ? told != null && told.phase() == ToldState.Phase.THERE : told == null;
    }
}
