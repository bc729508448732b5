package io.ssebridge.bus;

import io.ssebridge.membership.Nodes;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checks whether messages of other nodes still reach this node, and repairs its registrations if not.
 *
 * <p>Vert.x finds a consumer in a map of the cluster. Other members that believe this node gone may remove its entries
 * after it has returned. A split and a merge may also lose parts of the map. The node does not notice this by itself:
 * Vert.x delivers a message without a registered consumer locally, so messages of the node to itself still arrive. So
 * the node looks up its own addresses in the cluster, some at a time, and asks another node to answer over the event
 * bus. It registers missing addresses again.
 *
 * <p>Each sender also caches the consumers of an address, and is notified of changes only. A sender on the other side
 * of a split may have missed the important change. For some seconds after a merge Hazelcast still loses notifications.
 * So all addresses are registered again {@value #RENEWALS} times when a member returns.
 *
 * <p><b>Owner:</b> the node's own context; {@link #isFresh} and {@link #ageNanos} may be called on any thread.
 */
final class SelfProbe {
    private static final Logger LOG = LoggerFactory.getLogger(SelfProbe.class);

    /** The time between two calls of {@link #run}. */
    static final Duration PERIOD = Duration.ofSeconds(2);

    private static final Duration FRESH = Duration.ofSeconds(15);
    private static final int MOST_REMEMBERED = 1_000;
    private static final int RENEWALS = 3;
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

    private final Nodes nodes;
    private final AddressCheck check;
    private final Function<String, Future<Message<Object>>> ping;
    private final LongSupplier nanoTime;
    private final Deque<String> others = new ArrayDeque<>();
    private final Set<String> lost = new HashSet<>();
    private Set<String> present = Set.of();
    private boolean inFlight;
    private int renewals;
    private long renewedNanos;
    private volatile long goodNanos;

    /**
     * Creates the probe. At first the node counts as reachable.
     *
     * @param nodes the nodes
     * @param check looks up the addresses that this node consumes
     * @param ping asks a node to answer to this node's own address
     * @param nanoTime a monotonic clock, in nanoseconds
     */
    SelfProbe(Nodes nodes, AddressCheck check, Function<String, Future<Message<Object>>> ping, LongSupplier nanoTime) {
        this.nodes = nodes;
        this.check = check;
        this.ping = ping;
        this.nanoTime = nanoTime;
        this.goodNanos = nanoTime.getAsLong();
    }

    /** Returns whether other nodes have reached this node recently. */
    boolean isFresh() {
        return ageNanos() < FRESH.toNanos();
    }

    /** Returns the time since the last good check. Any thread. */
    long ageNanos() {
        return nanoTime.getAsLong() - goodNanos;
    }

    /** Compares the members with the last ones. */
    void nodesChanged() {
        Set<String> now = nodes.present();
        // A restarted node has a new id. A member that returns with its old id was cut off, and this node was cut off
        // from it too.
        if (lost.removeAll(now)) {
            LOG.info("Members that were cut off are back; registering all addresses again");
            renewals = RENEWALS;
            renewedNanos = nanoTime.getAsLong() - BETWEEN_RENEWALS.toNanos();
        }
        present.stream().filter(member -> !now.contains(member)).forEach(lost::add);
        if (lost.size() > MOST_REMEMBERED) {
            lost.clear();
        }
        present = now;
    }

    /**
     * Checks whether other nodes reach this node, unless a check is in flight.
     *
     * @return completes when the check is done; fails if the check was not possible
     */
    Future<Void> run() {
        if (inFlight) {
            return Future.succeededFuture();
        }
        inFlight = true;
        Future<Boolean> known = checkAddresses();
        Future<Boolean> heard = askAnother();
        return Future.join(known, heard)
                .<Void>map(done -> {
                    if (known.result() && heard.result()) {
                        goodNanos = nanoTime.getAsLong();
                    }
                    return null;
                })
                .onComplete(done -> inFlight = false);
    }

    private Future<Boolean> checkAddresses() {
        boolean renews = isRenewalDue();
        if (renews) {
            renewals--;
            renewedNanos = nanoTime.getAsLong();
        }
        return check.run(renews);
    }

    private boolean isRenewalDue() {
        return renewals > 0 && nanoTime.getAsLong() - renewedNanos >= BETWEEN_RENEWALS.toNanos();
    }

    /** Asks one other node, each in turn, to reach this node. */
    private Future<Boolean> askAnother() {
        Set<String> ready = nodes.ready();
        others.retainAll(ready);
        ready.stream()
                .filter(node -> !node.equals(nodes.self()) && !others.contains(node))
                .forEach(others::add);
        if (others.isEmpty()) {
            return Future.succeededFuture(true);
        }
        String other = others.remove();
        others.add(other);
        return ping.apply(other).map(true).otherwise(failure -> !cannotReachThis(failure));
    }

    // The other node received the question but its answer to this node failed. A node that does not answer at all may
    // have a problem of its own: one frozen node must not make the others unready.
    private static boolean cannotReachThis(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE;
    }
}
