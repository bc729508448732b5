package io.ssebridge.presence;

import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Wire;
import io.ssebridge.wire.Wire.Operation;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells the changes of presence in the shards that this node leads. A change takes these steps:
 *
 * <ol>
 *   <li>{@link RosterReporter}: a node reports it. {@link LedShard} compares it with what has been told.
 *   <li>A departure waits for the grace, and until all nodes have reported.
 *   <li>{@link ToldStates}: the intention is written to the cluster's map, with the id of the message.
 *   <li>{@link SplitBrainGuard}: check that this node may still speak for the cluster.
 *   <li>The message goes out. {@link ToldStates}: the new state is written.
 * </ol>
 *
 * <p>A leader that dies leaves its intentions in the map, and the next leader repeats their messages.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Lifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(Lifecycle.class);
    private static final int MAX_TELLING = 64;
    private static final long RETRY_MILLIS = 1_000;
    // A shard must not stay without a leader because a message cannot be sent.
    private static final Duration RELEASE_TIMEOUT = Duration.ofSeconds(5);
    // A node reports four times a second. A member that comes back within the grace is reported a little later.
    private static final long REPORT_DELAY_MILLIS = 500;

    private final Vertx vertx;
    private final Nodes nodes;
    private final SplitBrainGuard guard;
    private final ToldStates told;
    private final NodeClock clock;
    private final Duration grace;
    private final Function<LifecycleMessage, Future<Void>> out;
    private final LogLimit logLimit;
    private final Map<Integer, Led> shards = new HashMap<>();
    private int telling;
    private long nextAskMillis;

    /** A led shard with the work that is in flight for it. */
    private static final class Led {
        private final LedShard shard;
        private final Promise<Void> quiet = Promise.promise();
        private boolean isLoading;
        private boolean isReleased;
        private int telling;

        private Led(int number) {
            this.shard = new LedShard(number);
        }

        private void release() {
            isReleased = true;
            completeIfQuiet();
        }

        private void completeIfQuiet() {
            if (isReleased && telling == 0) {
                quiet.tryComplete();
            }
        }
    }

    /**
     * Creates the lifecycle of a node that leads no shard yet.
     *
     * @param told what has been told
     * @param grace how long an attendance must be away before this is told
     * @param out sends a message; the future completes when it needs no repetition
     */
    Lifecycle(
            Vertx vertx,
            Nodes nodes,
            SplitBrainGuard guard,
            ToldStates told,
            NodeClock clock,
            Duration grace,
            Function<LifecycleMessage, Future<Void>> out) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.guard = guard;
        this.told = told;
        this.clock = clock;
        this.grace = grace;
        this.out = out;
        this.logLimit = new LogLimit(clock);
    }

    /** Begins to tell the changes in a shard. */
    void take(int shard) {
        Led led = shards.computeIfAbsent(shard, Led::new);
        nextAskMillis = clock.elapsedMillis();
        load(led);
    }

    private void load(Led led) {
        if (led.isLoading || led.shard.isLoaded()) {
            return;
        }
        led.isLoading = true;
        told.of(led.shard.shard())
                .onSuccess(states -> led.shard.load(states, clock.elapsedMillis()))
                .onFailure(this::warn)
                .onComplete(done -> led.isLoading = false);
    }

    /**
     * Stops telling the changes in a shard.
     *
     * @return completes when no message of this node is in flight, or after some seconds
     */
    Future<Void> release(int shard) {
        Led led = shards.remove(shard);
        if (led == null) {
            return Future.succeededFuture();
        }
        led.release();
        return led.quiet
                .future()
                .timeout(RELEASE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
                .otherwiseEmpty();
    }

    /**
     * Takes the reports of a node.
     *
     * @return the shards of the reports that are not taken: this node does not lead them, or needs a complete report
     */
    JsonArray receive(String node, List<RosterReport> reports) {
        long nowMillis = clock.elapsedMillis();
        boolean isPresent = nodes.present().contains(node);
        JsonArray refused = new JsonArray();
        for (RosterReport report : reports) {
            Led led = shards.get(report.shard());
            // A late report of a node that has left must not bring its members back.
            if (led == null || !isPresent || !led.shard.receive(node, report, nowMillis)) {
                refused.add(report.shard());
            }
        }
        return refused;
    }

    /** Forgets the nodes that have left the cluster. */
    void nodesChanged() {
        long nowMillis = clock.elapsedMillis();
        Set<String> present = nodes.present();
        shards.values().forEach(led -> led.shard.retain(present, nowMillis));
    }

    /** Tells the changes that are due. */
    void tick() {
        if (guard.isInDoubt()) {
            return;
        }
        long nowMillis = clock.elapsedMillis();
        Set<String> expected = expected();
        if (nowMillis >= nextAskMillis) {
            nextAskMillis = nowMillis + RETRY_MILLIS;
            shards.values().forEach(this::load);
            ask(expected);
        }
        long awayBefore = nowMillis - grace.toMillis() - REPORT_DELAY_MILLIS;
        for (Led led : shards.values()) {
            if (led.shard.isLoaded() && telling < MAX_TELLING) {
                boolean isComplete = expected.stream().allMatch(led.shard::knows);
                led.shard.takeDue(MAX_TELLING - telling, isComplete, awayBefore).forEach(stay -> begin(led, stay));
            }
        }
    }

    /** Returns the nodes that have to report before a departure is certain. */
    private Set<String> expected() {
        Set<String> expected = new HashSet<>(nodes.ready());
        expected.addAll(nodes.withdrawn());
        expected.retainAll(nodes.present());
        return expected;
    }

    /** Asks nodes for the shards that they have not reported. */
    private void ask(Set<String> expected) {
        for (String node : expected) {
            List<Integer> missing = new ArrayList<>();
            shards.forEach((number, led) -> {
                if (!led.shard.knows(node)) {
                    missing.add(number);
                }
            });
            if (!missing.isEmpty()) {
                vertx.eventBus()
                        .send(
                                Wire.node(node),
                                new JsonArray(missing),
                                Wire.options(Operation.ROSTER_WANTED, nodes.self(), 0));
            }
        }
    }

    private void begin(Led led, Stay stay) {
        telling++;
        led.telling++;
        stay.isTelling = true;
        tell(led, stay).onComplete(done -> {
            if (done.failed()) {
                warn(done.cause());
                vertx.setTimer(RETRY_MILLIS, later -> end(led, stay));
            } else {
                end(led, stay);
            }
            telling--;
            led.telling--;
            led.completeIfQuiet();
            if (telling == MAX_TELLING / 2) {
                tick();
            }
        });
    }

    private static void end(Led led, Stay stay) {
        stay.isTelling = false;
        led.shard.check(stay);
    }

    private Future<Void> tell(Led led, Stay stay) {
        int shard = led.shard.shard();
        ToldState state = stay.told;
        if (state == null) {
            ToldState coming = ToldState.coming(stay.attendance, clock.millis(), stay.properties());
            return write(shard, stay, coming, told.begin(shard, coming)).compose(written -> arrive(led, stay, written));
        }
        return switch (state.phase()) {
            case COMING -> arrive(led, stay, true);
            case THERE -> {
                ToldState going = state.going(clock.millis());
                yield write(shard, stay, going, told.replace(shard, state, going))
                        .compose(written -> depart(led, stay, written));
            }
            case GOING -> depart(led, stay, true);
        };
    }

    /** Takes over the written state; if another leader has written first, that leader's state. */
    private Future<Boolean> write(int shard, Stay stay, ToldState next, Future<Boolean> writing) {
        return writing.compose(written -> {
            if (written) {
                stay.told = next;
                return Future.succeededFuture(true);
            }
            return told.find(shard, stay.attendance).map(found -> {
                stay.told = found.orElse(null);
                return false;
            });
        });
    }

    private Future<Void> arrive(Led led, Stay stay, boolean isWritten) {
        ToldState state = stay.told;
        if (!isWritten || state == null) {
            return Future.succeededFuture();
        }
        ToldState there = state.there();
        int shard = led.shard.shard();
        return send(led, state)
                .compose(sent -> write(shard, stay, there, told.replace(shard, state, there)))
                .mapEmpty();
    }

    private Future<Void> depart(Led led, Stay stay, boolean isWritten) {
        ToldState state = stay.told;
        if (!isWritten || state == null) {
            return Future.succeededFuture();
        }
        return send(led, state)
                .compose(sent -> told.end(led.shard.shard(), state))
                .onSuccess(ended -> stay.told = null);
    }

    private Future<Void> send(Led led, ToldState state) {
        return guard.confirmed()
                .compose(confirmed -> led.isReleased
                        ? Future.failedFuture("another node leads the shard now")
                        : out.apply(LifecycleMessage.of(state)));
    }

    private void warn(Throwable failure) {
        logLimit.log(() ->
                LOG.warn("A change of presence is told later: {} (said at most once a minute)", failure.getMessage()));
    }
}
