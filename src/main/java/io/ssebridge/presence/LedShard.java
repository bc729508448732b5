package io.ssebridge.presence;

import io.ssebridge.presence.RosterReport.Change;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The attendances of one shard in the whole cluster, on the node that leads the shard. They are known completely when every
 * node has reported. Before that, arrivals can be told, but no departures.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LedShard {
    private final int shard;
    private final Map<String, Reported> nodes = new HashMap<>();
    private final Map<Attendance, Stay> stays = new HashMap<>();
    // Stays that differ from what is told about them.
    private final Set<Stay> changed = new LinkedHashSet<>();
    // Stays that are told to be there but have no node; the one that has been away longest is the first.
    private final Set<Stay> away = new LinkedHashSet<>();
    private boolean isLoaded;

    /** The report of one node. */
    private static final class Reported {
        private final Set<Attendance> attendances = new HashSet<>();
        private long version;
        private boolean isComplete;
    }

    LedShard(int shard) {
        this.shard = shard;
    }

    int shard() {
        return shard;
    }

    /** Takes over what the leaders before have told. */
    void load(List<ToldState> told, long nowMillis) {
        isLoaded = true;
        for (ToldState state : told) {
            Stay stay = stay(state.attendance());
            stay.told = state;
            stay.awaySinceMillis = nowMillis;
        }
        stays.values().forEach(this::check);
    }

    boolean isLoaded() {
        return isLoaded;
    }

    private Stay stay(Attendance attendance) {
        return stays.computeIfAbsent(attendance, Stay::new);
    }

    /**
     * Takes the report of a node.
     *
     * @return whether it is taken; otherwise the node must send a complete one
     */
    boolean receive(String node, RosterReport report, long nowMillis) {
        if (report.base() == RosterReport.NOTHING) {
            forget(node, nowMillis);
            nodes.put(node, new Reported());
        }
        Reported reported = nodes.get(node);
        if (reported == null || report.base() != RosterReport.NOTHING && report.base() != reported.version) {
            return false;
        }
        for (Change change : report.changes()) {
            take(node, reported, change, nowMillis);
        }
        reported.version = report.version();
        reported.isComplete = report.complete();
        return true;
    }

    private void take(String node, Reported reported, Change change, long nowMillis) {
        String properties = change.properties();
        if (properties == null) {
            if (reported.attendances.remove(change.attendance())) {
                leave(node, change.attendance(), nowMillis);
            }
        } else {
            reported.attendances.add(change.attendance());
            Stay stay = stay(change.attendance());
            stay.enter(node, properties);
            check(stay);
        }
    }

    private void leave(String node, Attendance attendance, long nowMillis) {
        Stay stay = stay(attendance);
        stay.leave(node, nowMillis);
        check(stay);
    }

    /** Forgets the nodes that have left the cluster, and all attendances on them. */
    void retain(Set<String> present, long nowMillis) {
        for (String node : List.copyOf(nodes.keySet())) {
            if (!present.contains(node)) {
                forget(node, nowMillis);
            }
        }
    }

    private void forget(String node, long nowMillis) {
        Reported reported = nodes.remove(node);
        if (reported != null) {
            reported.attendances.forEach(attendance -> leave(node, attendance, nowMillis));
        }
    }

    /** Returns whether a node has reported all its attendances. */
    boolean knows(String node) {
        Reported reported = nodes.get(node);
        return reported != null && reported.isComplete;
    }

    /** Puts a stay where it belongs after a change. Stays that are being told are checked again after that. */
    void check(Stay stay) {
        if (stay.isTelling || !isLoaded) {
            return;
        }
        if (stay.isSettled()) {
            changed.remove(stay);
            away.remove(stay);
            if (!stay.isThere()) {
                stays.remove(stay.attendance, stay);
            }
        } else if (!stay.isThere() && stay.told != null && stay.told.phase() == ToldState.Phase.THERE) {
            changed.remove(stay);
            away.add(stay);
        } else {
            away.remove(stay);
            changed.add(stay);
        }
    }

    /** Returns the stays to be told now. Each is in no list until it is {@linkplain #check checked}. */
    Set<Stay> takeDue(int max, boolean isComplete, long awayBeforeMillis) {
        Set<Stay> due = new LinkedHashSet<>();
        move(changed, due, max, Long.MAX_VALUE);
        if (isComplete) {
            move(away, due, max, awayBeforeMillis);
        }
        return due;
    }

    private static void move(Set<Stay> from, Set<Stay> to, int max, long awayBeforeMillis) {
        var rest = from.iterator();
        while (rest.hasNext() && to.size() < max) {
            Stay stay = rest.next();
            if (awayBeforeMillis != Long.MAX_VALUE && stay.awaySinceMillis > awayBeforeMillis) {
                return;
            }
            rest.remove();
            to.add(stay);
        }
    }
}
