package io.ssebridge.presence;

import io.ssebridge.presence.RosterReport.Change;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The attendances of one shard on this node, and the part of them that the shard's leader does not know yet.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Roster {
    private static final int MAX_CHANGES = 500;
    private static final long CHECK_MILLIS = 5_000;

    private final int shard;
    private final Map<Attendance, String> attendances = new HashMap<>();
    private final Set<Attendance> unknown = new LinkedHashSet<>();
    private @Nullable String leader;
    private long version;
    private long known = RosterReport.NOTHING;
    private boolean wanted;
    private boolean inFlight;
    private long askedMillis;

    Roster(int shard) {
        this.shard = shard;
    }

    /**
     * Notes a change.
     *
     * @param properties the public properties, as JSON; null: the attendance has ended
     */
    void change(Attendance attendance, @Nullable String properties) {
        if (properties == null) {
            attendances.remove(attendance);
        } else {
            attendances.put(attendance, properties);
        }
        unknown.add(attendance);
    }

    boolean knows(Attendance attendance) {
        return attendances.containsKey(attendance);
    }

    /** Makes the next report contain everything: the leader has asked for it, or may have lost it. */
    void restart() {
        known = RosterReport.NOTHING;
        unknown.clear();
        unknown.addAll(attendances.keySet());
        wanted = true;
    }

    /** Returns the next report to the leader if one is due. After it, {@link #answered} must be called. */
    Optional<RosterReport> next(String leaderNow, long nowMillis) {
        if (inFlight) {
            return Optional.empty();
        }
        if (!leaderNow.equals(leader)) {
            boolean isUsed = leader != null || !attendances.isEmpty() || wanted;
            leader = leaderNow;
            if (isUsed) {
                restart();
            }
        }
        boolean mayBeLost = known != RosterReport.NOTHING && nowMillis - askedMillis >= CHECK_MILLIS;
        if (unknown.isEmpty() && !wanted && !mayBeLost) {
            return Optional.empty();
        }
        List<Change> changes = new ArrayList<>(Math.min(unknown.size(), MAX_CHANGES));
        Iterator<Attendance> rest = unknown.iterator();
        while (rest.hasNext() && changes.size() < MAX_CHANGES) {
            Attendance attendance = rest.next();
            changes.add(new Change(attendance, attendances.get(attendance)));
            rest.remove();
        }
        if (!changes.isEmpty()) {
            version++;
        }
        inFlight = true;
        wanted = false;
        askedMillis = nowMillis;
        return Optional.of(new RosterReport(shard, known, version, unknown.isEmpty(), changes));
    }

    /** Notes the answer to a report. If the leader may not have taken it, the next one contains everything. */
    void answered(RosterReport report, boolean taken) {
        inFlight = false;
        if (taken) {
            known = report.version();
        } else {
            restart();
        }
    }
}
