package io.ssebridge.bus;

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
 * Whether this node may still speak for the cluster.
 *
 * <p>A node that was frozen wakes up and goes on as if nothing had happened, while the others have long gone on without it:
 * what it acknowledges then is thrown away when the two merge. The same holds for the smaller part of a cluster that has
 * fallen apart. Both are noticed here, by a clock that jumps and by more than half of the nodes lost at once. Until at
 * least half of the nodes have confirmed that they know this one, it is in doubt, and acknowledges nothing: neither takes
 * up what comes, nor says that what was under way is kept.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Standing {
    private static final Logger LOG = LoggerFactory.getLogger(Standing.class);

    /** How often {@link #tick} is to be called. */
    static final Duration TICK = Duration.ofMillis(500);

    private static final Duration FROZEN = Duration.ofSeconds(5);
    // More than come and go while a loss counts.
    private static final int MAX_KNOWN = 1_000;
    private static final Duration AT_ONCE = Duration.ofSeconds(15);
    // Who is not confirmed by then has nobody left to merge with. A node that wakes up takes longer to be one of the
    // others again than they take to find out that they have lost it: 72 s were seen, since Hazelcast waits 5 s for
    // each address of its list where nobody is, and the search that the freeze has interrupted ends first.
    private static final Duration AFTER_LOSS = Duration.ofSeconds(20);
    private static final Duration AFTER_FREEZE = Duration.ofMinutes(2);

    private final Nodes nodes;
    private final LongSupplier nanoTime;
    // The nodes that are there, once ready, and have not said that they go. Not those that are ready now: when a
    // cluster falls apart, each part takes the nodes of the others out of the list, which is seen first.
    private final Set<String> members = new HashSet<>();
    // When nodes were lost that had not said that they go, and for whom none has come since; the longest lost first.
    private final Map<String, Long> lost = new LinkedHashMap<>();
    // All nodes that have been ready, the latest last.
    private final Set<String> known = new LinkedHashSet<>();
    private long lastTick;
    private boolean inDoubt;
    private long doubtUntil;
    private int nodesBefore;

    /**
     * Begins without a doubt.
     *
     * @param nodes the nodes
     * @param nanoTime a clock, in nanoseconds, that nobody sets
     */
    Standing(Nodes nodes, LongSupplier nanoTime) {
        this.nodes = nodes;
        this.nanoTime = nanoTime;
        this.lastTick = nanoTime.getAsLong();
    }

    /** Whether this node must not acknowledge anything now. */
    boolean isInDoubt() {
        // Looked at here too: what waited in the sockets of a frozen node comes before its next tick.
        checkClock();
        return inDoubt;
    }

    /** Looks at the clock. */
    void tick() {
        checkClock();
        lastTick = nanoTime.getAsLong();
    }

    /** Looks at who is there. */
    void nodesChanged() {
        long now = nanoTime.getAsLong();
        nodes.withdrawn().forEach(members::remove);
        Set<String> present = nodes.present();
        members.stream().filter(node -> !present.contains(node)).forEach(gone -> lost.put(gone, now));
        members.retainAll(present);
        nodes.ready().stream().filter(members::add).forEach(this::come);
        lost.values().removeIf(since -> now - since > AT_ONCE.toNanos());
        if (2 * members.size() < before()) {
            doubt("%d of %d nodes are left".formatted(members.size(), before()), AFTER_LOSS);
        }
    }

    /**
     * Whoever comes for the first time stands for one that was lost: a node that crashes again and again has a new name each
     * time, and the others would soon take themselves for a smaller half. Who is back under its old name was cut off, and
     * stands for itself alone.
     */
    private void come(String node) {
        if (lost.remove(node) == null && known.add(node)) {
            removeFirst(lost.keySet());
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

    /** How many nodes there were, with those that were lost lately. */
    private int before() {
        return members.size() + lost.size();
    }

    /**
     * Whether what this node has just done may be acknowledged: only if it could speak for the cluster to the end. While it
     * waited, it may have been frozen, or have lost the others and gone on alone.
     *
     * @return failed with {@link Refusals#UNAVAILABLE}: it must not
     */
    Future<Void> confirmed() {
        return nodes.upToDate().compose(looked -> isInDoubt() ? refused() : Future.succeededFuture());
    }

    /** As {@link #confirmed} fails. */
    static <T> Future<T> refused() {
        return Future.failedFuture(Refusals.of(Refusals.UNAVAILABLE, "this node waits for the cluster to confirm it"));
    }

    private void checkClock() {
        long stoodStill = nanoTime.getAsLong() - lastTick;
        if (stoodStill > FROZEN.toNanos()) {
            lastTick = nanoTime.getAsLong();
            doubt(
                    "this node stood still for %d s"
                            .formatted(Duration.ofNanos(stoodStill).toSeconds()),
                    AFTER_FREEZE);
        }
    }

    private void doubt(String why, Duration atMost) {
        long end = nanoTime.getAsLong() + atMost.toNanos();
        doubtUntil = inDoubt ? Math.max(doubtUntil, end) : end;
        nodesBefore = inDoubt ? Math.max(nodesBefore, before()) : before();
        if (!inDoubt) {
            inDoubt = true;
            LOG.warn("Nothing is acknowledged here until the cluster confirms this node: {}", why);
        }
    }

    /**
     * Counts who knows this node.
     *
     * @param confirming how many of the others have said so
     * @return whether the doubt is over
     */
    boolean confirmedBy(int confirming) {
        boolean byHalf = nodesBefore <= 1 || confirming > 0 && 2 * (confirming + 1) >= nodesBefore;
        if (!byHalf && nanoTime.getAsLong() < doubtUntil) {
            return false;
        }
        inDoubt = false;
        lost.clear();
        LOG.info("This node is in the cluster again, with {} others", confirming);
        return true;
    }
}
