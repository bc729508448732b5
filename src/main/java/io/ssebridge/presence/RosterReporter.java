package io.ssebridge.presence;

import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reports the attendances of this node to the leaders of their shards. Each leader gets one message with all changes, at
 * most four times a second, and without changes every 5 s a message that only compares versions.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class RosterReporter {
    private final Vertx vertx;
    private final Nodes nodes;
    private final Shards shards;
    private final NodeClock clock;
    private final Receiver here;
    private final Map<Integer, Roster> rosters = new HashMap<>();

    /** Takes reports for this node. */
    interface Receiver {
        /**
         * Takes the reports of a node.
         *
         * @return the shards of the reports that are not taken
         */
        JsonArray receive(String node, List<RosterReport> reports);
    }

    /**
     * Creates a reporter without attendances.
     *
     * @param here takes the reports for shards that this node leads
     */
    RosterReporter(Vertx vertx, Nodes nodes, Shards shards, NodeClock clock, Receiver here) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.shards = shards;
        this.clock = clock;
        this.here = here;
    }

    /**
     * Notes a change; it goes out with the next report.
     *
     * @param properties the public properties, as JSON; null: the attendance has ended
     */
    void change(Attendance attendance, @Nullable String properties) {
        roster(Shards.of(attendance.channel())).change(attendance, properties);
    }

    /** Returns whether an attendance goes on, as far as it was noted. */
    boolean knows(Attendance attendance) {
        Roster roster = rosters.get(Shards.of(attendance.channel()));
        return roster != null && roster.knows(attendance);
    }

    private Roster roster(int shard) {
        return rosters.computeIfAbsent(shard, Roster::new);
    }

    /** Makes the next reports for some shards complete, because their leader is new. */
    void wanted(JsonArray wanted) {
        for (int i = 0; i < wanted.size(); i++) {
            if (!(wanted.getValue(i) instanceof Integer shard)) {
                throw new IllegalArgumentException("shard: expected a number");
            }
            if (shard < 0 || shard >= Shards.COUNT) {
                throw new IllegalArgumentException("shard: %d (expected: 0 to %d)".formatted(shard, Shards.COUNT - 1));
            }
            roster(shard).restart();
        }
    }

    /** Sends the reports that are due. */
    void report() {
        long nowMillis = clock.elapsedMillis();
        Map<String, List<RosterReport>> due = new HashMap<>();
        rosters.forEach((shard, roster) -> {
            String leader = shards.leader(shard);
            if (leader != null) {
                roster.next(leader, nowMillis)
                        .ifPresent(report -> due.computeIfAbsent(leader, first -> new ArrayList<>())
                                .add(report));
            }
        });
        due.forEach(this::send);
    }

    private void send(String leader, List<RosterReport> reports) {
        Future<JsonArray> answer = leader.equals(nodes.self())
                ? Future.succeededFuture(here.receive(leader, reports))
                : ask(leader, reports);
        answer.onSuccess(refused -> answered(reports, refused))
                .onFailure(
                        lost -> reports.forEach(report -> roster(report.shard()).answered(report, false)));
    }

    private Future<JsonArray> ask(String leader, List<RosterReport> reports) {
        JsonArray body = new JsonArray();
        reports.forEach(report -> body.add(report.encode()));
        return vertx.eventBus()
                .<JsonArray>request(Wire.node(leader), body, Wire.options(Operation.ROSTER, nodes.self(), 0))
                .map(Message::body);
    }

    private void answered(List<RosterReport> reports, JsonArray refused) {
        reports.forEach(report -> roster(report.shard()).answered(report, !refused.contains(report.shard())));
    }
}
