package io.ssebridge.bus;

import io.ssebridge.membership.Nodes;
import io.vertx.core.Future;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
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
 * <p><b>Owner:</b> the node's own context; {@link #isFresh} may be called on any thread.
 */
final class SelfProbe {
    private static final Logger LOG = LoggerFactory.getLogger(SelfProbe.class);

    /** The time between two calls of {@link #run}. */
    static final Duration PERIOD = Duration.ofSeconds(2);

    private static final Duration FRESH = Duration.ofSeconds(15);
    // The look-up of one address costs a tenth of a millisecond, so tens of thousands of addresses cannot all be looked
    // up each time.
    private static final int MOST_AT_ONCE = 200;
    private static final int MOST_REMEMBERED = 1_000;
    private static final int RENEWALS = 3;
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

    private final Nodes nodes;
    private final BusConsumers consumers;
    private final Function<String, Future<Message<Object>>> ping;
    private final LongSupplier nanoTime;
    private final Deque<String> addresses = new ArrayDeque<>();
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
     * @param consumers the addresses that this node consumes
     * @param ping asks a node to answer to this node's own address
     * @param nanoTime a monotonic clock, in nanoseconds
     */
    SelfProbe(
            Nodes nodes,
            BusConsumers consumers,
            Function<String, Future<Message<Object>>> ping,
            LongSupplier nanoTime) {
        this.nodes = nodes;
        this.consumers = consumers;
        this.ping = ping;
        this.nanoTime = nanoTime;
        this.goodNanos = nanoTime.getAsLong();
    }

    /** Returns whether other nodes have reached this node recently. */
    boolean isFresh() {
        return nanoTime.getAsLong() - goodNanos < FRESH.toNanos();
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
        Set<String> failed = consumers.failed();
        Future<Boolean> known = failed.isEmpty() ? lookOrRenew() : renew(failed).map(false);
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

    private Future<Boolean> lookOrRenew() {
        return isRenewalDue() ? renewAll() : look(next());
    }

    /** Returns the addresses to check now: those with the longest time since their last check. */
    private Map<String, MessageConsumer<Object>> next() {
        Map<String, MessageConsumer<Object>> standing = consumers.standing();
        if (addresses.isEmpty()) {
            addresses.addAll(standing.keySet());
        }
        Map<String, MessageConsumer<Object>> some = new HashMap<>();
        while (!addresses.isEmpty() && some.size() < MOST_AT_ONCE) {
            String address = addresses.remove();
            MessageConsumer<Object> consumer = standing.get(address);
            if (consumer != null) {
                some.put(address, consumer);
            }
        }
        return some;
    }

    /**
     * Checks whether the cluster knows consumers that existed before the look-up. A consumer that was closed or
     * replaced during the look-up is ignored, because its entry may be missing for that reason.
     */
    private Future<Boolean> look(Map<String, MessageConsumer<Object>> before) {
        return nodes.unregistered(Set.copyOf(before.keySet()))
                .map(missing -> missing.stream()
                        .filter(address -> {
                            MessageConsumer<Object> consumer = before.get(address);
                            return consumer != null && consumers.isStanding(address, consumer);
                        })
                        .collect(Collectors.toUnmodifiableSet()))
                .compose(this::repair);
    }

    private Future<Boolean> repair(Set<String> unregistered) {
        if (unregistered.isEmpty()) {
            return Future.succeededFuture(true);
        }
        LOG.warn(
                "{} addresses of this node were missing in the cluster; registering them again: {}",
                unregistered.size(),
                unregistered.stream().sorted().limit(5).toList());
        // The check succeeds only when the next look-up finds them.
        return renew(unregistered).map(false);
    }

    private boolean isRenewalDue() {
        return renewals > 0 && nanoTime.getAsLong() - renewedNanos >= BETWEEN_RENEWALS.toNanos();
    }

    private Future<Boolean> renewAll() {
        renewals--;
        renewedNanos = nanoTime.getAsLong();
        return renew(consumers.standing().keySet()).map(true);
    }

    private Future<Void> renew(Set<String> those) {
        List<Future<Void>> renewed = those.stream().map(consumers::renew).toList();
        return Future.join(renewed).mapEmpty();
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
