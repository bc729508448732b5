package io.ssebridge.bus;

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
 * Whether this node still hears what is said to it, and the repair if it does not.
 *
 * <p>Vert.x finds a consumer by a map of the cluster. Others may remove this node from there, believing it gone, when it is
 * back already; a split and a merge may leave parts of the map behind. Nobody tells the node: its own messages to itself
 * arrive all the same, since Vert.x delivers locally what it finds no consumer for. So it looks up its addresses in the
 * cluster, some at a time, and has another node answer over the bus; what is not found it registers anew.
 *
 * <p>Each sender remembers besides who consumes an address, and hears of changes only. One that was on the other side of a
 * split may have missed the change that matters, and for some seconds after the merge Hazelcast still loses news of changes:
 * a member that comes back has all addresses registered anew, {@value #RENEWALS} times.
 *
 * <p><b>Owner:</b> the node's own context; {@link #isFresh} may be called from anywhere.
 */
final class SelfProbe {
    private static final Logger LOG = LoggerFactory.getLogger(SelfProbe.class);

    /** How often {@link #run} is to be called. */
    static final Duration PERIOD = Duration.ofSeconds(2);

    private static final Duration FRESH = Duration.ofSeconds(15);
    // A look costs a tenth of a millisecond; with tens of thousands of addresses not all of them every time.
    private static final int MOST_AT_ONCE = 200;
    private static final int MOST_REMEMBERED = 1_000;
    private static final int RENEWALS = 3;
    private static final Duration BETWEEN_RENEWALS = Duration.ofSeconds(5);

    private final Nodes nodes;
    private final Intake intake;
    private final Function<String, Future<Message<Object>>> ping;
    private final LongSupplier nanoTime;
    private final Deque<String> addresses = new ArrayDeque<>();
    private final Deque<String> others = new ArrayDeque<>();
    private final Set<String> lost = new HashSet<>();
    private Set<String> present = Set.of();
    private boolean underWay;
    private int renewals;
    private long renewedNanos;
    private volatile long goodNanos;

    /**
     * Begins as a node that is heard.
     *
     * @param nodes the nodes
     * @param intake what this node consumes
     * @param ping asks a node to answer to this one's own address
     * @param nanoTime a clock, in nanoseconds, that nobody sets
     */
    SelfProbe(Nodes nodes, Intake intake, Function<String, Future<Message<Object>>> ping, LongSupplier nanoTime) {
        this.nodes = nodes;
        this.intake = intake;
        this.ping = ping;
        this.nanoTime = nanoTime;
        this.goodNanos = nanoTime.getAsLong();
    }

    /** Whether this node has been heard lately. */
    boolean isFresh() {
        return nanoTime.getAsLong() - goodNanos < FRESH.toNanos();
    }

    /** Looks at who is there. */
    void nodesChanged() {
        Set<String> now = nodes.present();
        // A node that starts again has another name: one with a name of before was cut off, and has been so from us.
        if (lost.removeAll(now)) {
            LOG.info("Members are back that were cut off: all addresses are registered anew");
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
     * Looks whether this node is heard, unless it is looking already.
     *
     * @return when it has looked; failed: it could not be found out
     */
    Future<Void> run() {
        if (underWay) {
            return Future.succeededFuture();
        }
        underWay = true;
        Set<String> failed = intake.failed();
        Future<Boolean> known = failed.isEmpty() ? lookOrRenew() : renew(failed).map(false);
        Future<Boolean> heard = askAnother();
        return Future.join(known, heard)
                .<Void>map(done -> {
                    if (known.result() && heard.result()) {
                        goodNanos = nanoTime.getAsLong();
                    }
                    return null;
                })
                .onComplete(done -> underWay = false);
    }

    private Future<Boolean> lookOrRenew() {
        return isRenewalDue() ? renewAll() : look(next());
    }

    /** The addresses to look at now: those that it has been longest since. */
    private Map<String, MessageConsumer<Object>> next() {
        Map<String, MessageConsumer<Object>> standing = intake.standing();
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
     * Looks whether the cluster knows consumers that stood before the look. One that does not stand any more after it, because
     * its address has been closed meanwhile, or closed and opened again, may rightly have been missed.
     */
    private Future<Boolean> look(Map<String, MessageConsumer<Object>> before) {
        return nodes.unregistered(Set.copyOf(before.keySet()))
                .map(missing -> missing.stream()
                        .filter(address -> {
                            MessageConsumer<Object> consumer = before.get(address);
                            return consumer != null && intake.isStanding(address, consumer);
                        })
                        .collect(Collectors.toUnmodifiableSet()))
                .compose(this::repair);
    }

    private Future<Boolean> repair(Set<String> unregistered) {
        if (unregistered.isEmpty()) {
            return Future.succeededFuture(true);
        }
        LOG.warn(
                "{} addresses of this node were not known in the cluster, and are registered anew: {}",
                unregistered.size(),
                unregistered.stream().sorted().limit(5).toList());
        // Good only when they are found the next time.
        return renew(unregistered).map(false);
    }

    private boolean isRenewalDue() {
        return renewals > 0 && nanoTime.getAsLong() - renewedNanos >= BETWEEN_RENEWALS.toNanos();
    }

    private Future<Boolean> renewAll() {
        renewals--;
        renewedNanos = nanoTime.getAsLong();
        return renew(intake.standing().keySet()).map(true);
    }

    private Future<Void> renew(Set<String> those) {
        List<Future<Void>> renewed = those.stream().map(intake::renew).toList();
        return Future.join(renewed).mapEmpty();
    }

    /** Has another node, each in turn, reach this one. */
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

    // It heard the question, and did not get through with its answer. One that says nothing has perhaps its own
    // trouble: a node that is frozen must not take the others with it.
    private static boolean cannotReachThis(Throwable failure) {
        return failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE;
    }
}
