package io.ssebridge.bus;

import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.Leader;
import io.ssebridge.leader.RecentUids;
import java.time.Duration;

/**
 * The parts of the node that one event loop owns: everything of its shards.
 *
 * <p><b>Owner:</b> the event loop.
 *
 * @param owner the event loop
 * @param hubs the live channels
 * @param leader the led channels
 * @param leaders hands events over to the leaders of the channels
 * @param attachments attaches the live channels again
 * @param service serves requests for the led channels
 * @param uids the recent events of the led channels
 * @param tasks the work that the event loop repeats
 */
record ShardLoop(
        Owner owner,
        Hubs hubs,
        Leader leader,
        LeaderClient leaders,
        AttachmentRefresher attachments,
        ShardService service,
        RecentUids uids,
        PeriodicTasks tasks) {
    private static final Duration SWEEP = Duration.ofMillis(250);

    /** Starts the periodic work. */
    void start() {
        owner.assertHere();
        tasks.every(SWEEP, this::sweep);
    }

    private void sweep() {
        leader.sweep();
        uids.sweep();
    }

    /** Learns that nodes have come or left. */
    void nodesChanged() {
        owner.assertHere();
        leader.nodesChanged();
        leaders.nodesChanged();
    }
}
