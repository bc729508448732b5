package io.ssebridge.bus;

import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.ReadingQueue;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.presence.Presence;
import io.vertx.core.Future;
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
    private final PerLoop<ShardLoop> loops;
    private final SplitBrainGuard guard;
    private final SelfProbe probe;
    private final Presence presence;
    private final HistoryReader histories;
    private final List<ReadingQueue> readings;
    // Entries of the cluster's maps are lost only when members leave.
    private boolean membersChanged;

    NodeUpkeep(
            PeriodicTasks tasks,
            Shards shards,
            PerLoop<ShardLoop> loops,
            SplitBrainGuard guard,
            SelfProbe probe,
            Presence presence,
            HistoryReader histories,
            List<ReadingQueue> readings) {
        this.tasks = tasks;
        this.shards = shards;
        this.loops = loops;
        this.guard = guard;
        this.probe = probe;
        this.presence = presence;
        this.histories = histories;
        this.readings = readings;
    }

    /** Starts the periodic work. */
    void start() {
        loops.all().forEach(loop -> loop.owner().runDirectly(loop::start));
        tasks.every(SWEEP, presence::tick);
        tasks.every(SWEEP, histories::watchClock);
        tasks.every(SWEEP, () -> readings.forEach(ReadingQueue::sweep));
        tasks.every(REPAIR, this::repair);
        tasks.every(SelfProbe.PERIOD, this::probe);
    }

    /** Tells all parts of the node that nodes have come, left or become ready. */
    void nodesChanged() {
        membersChanged = true;
        guard.nodesChanged();
        probe.nodesChanged();
        loops.all().forEach(loop -> loop.owner().runDirectly(loop::nodesChanged));
        shards.update();
        presence.nodesChanged();
    }

    /**
     * Marks all histories as doubtful, because other nodes may have replaced them while this node was cut off. Any thread.
     *
     * @return completes when all event loops have done so
     */
    Future<Void> doubtHistories() {
        return Future.join(loops.all().stream()
                        .map(loop -> loop.owner().callDirectly(() -> {
                            loop.leader().doubtHistories();
                            return Future.<Void>succeededFuture();
                        }))
                        .toList())
                .mapEmpty();
    }

    /** Checks the entries of this node that other nodes may have replaced while it was cut off. */
    void checkEntries() {
        shards.checkHolders();
        attachAll();
    }

    private void attachAll() {
        loops.all().forEach(loop -> loop.owner().runDirectly(loop.attachments()::attachAll));
    }

    /** Repairs possible losses by repetition: attachments, entries of leaders, and entries of the directory. */
    private void repair() {
        checkEntries();
        if (membersChanged) {
            membersChanged = false;
            shards.enterAgain().onFailure(e -> {
                membersChanged = true;
                LOG.warn("Could not check whether the directory has all channels; retrying: {}", e.toString());
            });
        }
    }

    private void probe() {
        probe.run().onFailure(e -> LOG.warn("Could not check whether other nodes reach this node: {}", e.toString()));
    }
}
