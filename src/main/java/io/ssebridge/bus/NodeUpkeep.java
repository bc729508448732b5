package io.ssebridge.bus;

import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.ReadingQueue;
import io.ssebridge.leader.Leader;
import io.ssebridge.leader.RecentUids;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.presence.Presence;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the state of this node right while the cluster changes. It tells the parts of the node that the nodes have
 * changed, removes old state, and repairs possible losses by repetition.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class NodeUpkeep {
    private static final Logger LOG = LoggerFactory.getLogger(NodeUpkeep.class);
    private static final Duration REPAIR = Duration.ofSeconds(5);
    private static final Duration SWEEP = Duration.ofMillis(250);

    private final PeriodicTasks tasks;
    private final Shards shards;
    private final Leader leader;
    private final LeaderClient leaders;
    private final SplitBrainGuard guard;
    private final SelfProbe probe;
    private final AttachmentRefresher attachments;
    private final Presence presence;
    private final HistoryReader histories;
    private final List<ReadingQueue> readings;
    private final RecentUids uids;
    // Entries of the cluster's maps are lost only when members leave.
    private boolean membersChanged;

    NodeUpkeep(
            PeriodicTasks tasks,
            Shards shards,
            Leader leader,
            LeaderClient leaders,
            SplitBrainGuard guard,
            SelfProbe probe,
            AttachmentRefresher attachments,
            Presence presence,
            HistoryReader histories,
            List<ReadingQueue> readings,
            RecentUids uids) {
        this.tasks = tasks;
        this.shards = shards;
        this.leader = leader;
        this.leaders = leaders;
        this.guard = guard;
        this.probe = probe;
        this.attachments = attachments;
        this.presence = presence;
        this.histories = histories;
        this.readings = readings;
        this.uids = uids;
    }

    /** Starts the periodic work. */
    void start() {
        tasks.every(SWEEP, leader::sweep);
        tasks.every(SWEEP, presence::tick);
        tasks.every(SWEEP, histories::watchClock);
        tasks.every(SWEEP, () -> readings.forEach(ReadingQueue::sweep));
        tasks.every(SWEEP, uids::sweep);
        tasks.every(REPAIR, this::repair);
        tasks.every(SelfProbe.PERIOD, this::probe);
    }

    /** Tells all parts of the node that nodes have come, left or become ready. */
    void nodesChanged() {
        membersChanged = true;
        guard.nodesChanged();
        probe.nodesChanged();
        leader.nodesChanged();
        shards.update();
        leaders.nodesChanged();
        presence.nodesChanged();
    }

    /** Checks everything that other nodes may have replaced while this node was cut off. */
    void checkEverything() {
        leader.doubtHistories();
        shards.checkHolders();
        attachments.attachAll();
    }

    /** Repairs possible losses by repetition: attachments, entries of leaders, and entries of the directory. */
    private void repair() {
        attachments.attachAll();
        shards.checkHolders();
        if (membersChanged) {
            membersChanged = false;
            leader.duties().enterAgain().onFailure(e -> {
                membersChanged = true;
                LOG.warn("Could not check whether the directory has all channels; retrying: {}", e.toString());
            });
        }
    }

    private void probe() {
        probe.run().onFailure(e -> LOG.warn("Could not check whether other nodes reach this node: {}", e.toString()));
    }
}
