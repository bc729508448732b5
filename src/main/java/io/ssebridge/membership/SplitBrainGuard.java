package io.ssebridge.membership;

import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides whether this node may still acknowledge events in the name of the cluster.
 *
 * <p>A frozen node resumes as if nothing had happened, although the other nodes have continued without it. Events that
 * it acknowledges then are lost when both parts merge. The same is true for the smaller part of a split cluster. This
 * class notices both: a clock that jumps, and the loss of more than half of the nodes at once. Then the node is in
 * doubt until at least half of the nodes have confirmed that they know it, or until a time limit has passed. While in
 * doubt it acknowledges no events: it accepts no new ones, and does not confirm those in flight.
 *
 * <p>Any thread. Changes of the nodes, the clock and the confirmations take turns by the object's own lock, which is held for
 * some comparisons. All event loops that append events ask here before and after each append, and take no lock.
 */
public final class SplitBrainGuard {
    private static final Logger LOG = LoggerFactory.getLogger(SplitBrainGuard.class);

    /** The time between two calls of {@link #tick}. */
    public static final Duration TICK = Duration.ofMillis(500);

    private static final long FROZEN_NANOS = Duration.ofSeconds(5).toNanos();
    // More nodes than can join and leave while a loss counts.
    private static final int MAX_KNOWN = 1_000;
    private static final Duration AT_ONCE = Duration.ofSeconds(15);
    // A node that is not confirmed after this time has no other part left to merge with. A resumed node rejoins more
    // slowly than the others notice its loss. 72 s were measured, because Hazelcast waits 5 s for each unused address
    // of its list and first finishes the search that the freeze interrupted.
    private static final Duration AFTER_LOSS = Duration.ofSeconds(20);
    private static final Duration AFTER_FREEZE = Duration.ofMinutes(2);

    private final Nodes nodes;
    private final LongSupplier nanoTime;
    // The present nodes that have been ready once and have not withdrawn. The current set of ready nodes is not enough:
    // when a cluster splits, each part first removes the nodes of the other parts from it.
    private final Set<String> members = new HashSet<>();
    // The time of loss of each node that left without withdrawing and has not been replaced by a new node; the earliest
    // loss first.
    private final Map<String, Long> lossNanos = new LinkedHashMap<>();
    // All nodes that have been ready, the latest one last.
    private final Set<String> known = new LinkedHashSet<>();
    // Written after a doubt that a jump of the clock has caused: a thread that reads the new time also reads the doubt.
    private volatile long lastTickNanos;
    private volatile boolean inDoubt;
    private long doubtUntilNanos;
    private int nodesBefore;

    /**
     * Creates the object without a doubt.
     *
     * @param nodes the nodes
     * @param nanoTime a monotonic clock, in nanoseconds
     */
    public SplitBrainGuard(Nodes nodes, LongSupplier nanoTime) {
        this.nodes = nodes;
        this.nanoTime = nanoTime;
        this.lastTickNanos = nanoTime.getAsLong();
    }

    /** Returns whether this node must not acknowledge events now. */
    public boolean isInDoubt() {
        // Checked here too: messages that waited in the sockets of a frozen node arrive before its next tick.
        if (nanoTime.getAsLong() - lastTickNanos > FROZEN_NANOS) {
            checkClock();
        }
        return inDoubt;
    }

    /** Checks the clock for a jump. */
    public synchronized void tick() {
        checkClock();
        lastTickNanos = nanoTime.getAsLong();
    }

    /**
     * Compares the nodes with the earlier ones, and starts a doubt if more than half are lost. Call it in the handler of
     * {@link Nodes#onChange} itself: then {@link Nodes#upToDate} includes it.
     */
    public synchronized void nodesChanged() {
        long nowNanos = nanoTime.getAsLong();
        nodes.withdrawn().forEach(members::remove);
        Set<String> present = nodes.present();
        members.stream().filter(node -> !present.contains(node)).forEach(gone -> lossNanos.put(gone, nowNanos));
        members.retainAll(present);
        nodes.ready().stream().filter(members::add).forEach(this::come);
        lossNanos.values().removeIf(sinceNanos -> nowNanos - sinceNanos > AT_ONCE.toNanos());
        if (2 * members.size() < before()) {
            doubt("%d of %d nodes are left".formatted(members.size(), before()), AFTER_LOSS);
        }
    }

    /**
     * Adds a node. A node seen for the first time replaces one lost node: a node that crashes repeatedly has a new id
     * each time, and otherwise the other nodes would soon believe that they are the smaller part. A node that returns
     * with its old id was cut off, and replaces only itself.
     */
    private void come(String node) {
        if (lossNanos.remove(node) == null && known.add(node)) {
            removeFirst(lossNanos.keySet());
        }
        if (known.size() > MAX_KNOWN) {
            removeFirst(known);
        }
    }

    private static void removeFirst(Set<String> names) {
        Iterator<String> first = names.iterator();
        if (first.hasNext()) {
            first.next();
            first.remove();
        }
    }

    /** Returns the number of nodes before the recent losses. */
    private int before() {
        return members.size() + lossNanos.size();
    }

    /**
     * Checks whether this node may acknowledge a finished operation. It may have been frozen during the operation, or
     * have lost the others and continued alone.
     *
     * @return fails with {@link Refusals#UNAVAILABLE} if it must not acknowledge it
     */
    public Future<Void> confirmed() {
        return nodes.upToDate().compose(looked -> isInDoubt() ? refused() : Future.succeededFuture());
    }

    /** Returns the failure of {@link #confirmed}. */
    public static <T> Future<T> refused() {
        return Future.failedFuture(Refusals.of(Refusals.UNAVAILABLE, "this node waits for the cluster to confirm it"));
    }

    private synchronized void checkClock() {
        long stoodStillNanos = nanoTime.getAsLong() - lastTickNanos;
        if (stoodStillNanos > FROZEN_NANOS) {
            doubt(
                    "this node was frozen for %d s"
                            .formatted(Duration.ofNanos(stoodStillNanos).toSeconds()),
                    AFTER_FREEZE);
            lastTickNanos = nanoTime.getAsLong();
        }
    }

    private void doubt(String why, Duration atMost) {
        long endNanos = nanoTime.getAsLong() + atMost.toNanos();
        doubtUntilNanos = inDoubt ? Math.max(doubtUntilNanos, endNanos) : endNanos;
        nodesBefore = inDoubt ? Math.max(nodesBefore, before()) : before();
        if (!inDoubt) {
            inDoubt = true;
            LOG.warn("This node acknowledges no events until the cluster confirms it: {}", why);
        }
    }

    /**
     * Returns whether the doubt may end: enough other nodes know this node, or the time is up.
     *
     * @param confirming the number of other nodes that have confirmed it
     */
    public synchronized boolean mayEnd(int confirming) {
        boolean byHalf = nodesBefore <= 1 || confirming > 0 && 2 * (confirming + 1) >= nodesBefore;
        return byHalf || nanoTime.getAsLong() >= doubtUntilNanos;
    }

    /**
     * Ends the doubt if it {@linkplain #mayEnd may end}.
     *
     * @param confirming the number of other nodes that have confirmed it
     * @return whether the doubt is over
     */
    public synchronized boolean confirmedBy(int confirming) {
        if (!mayEnd(confirming)) {
            return false;
        }
        inDoubt = false;
        lossNanos.clear();
        LOG.info("This node acknowledges events again; other nodes that confirm it: {}", confirming);
        return true;
    }
}
