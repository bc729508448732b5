package io.ssebridge.membership;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.loop.LoopContexts;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Wire;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of all channels, {@value #COUNT} in number, and their leaders.
 *
 * <p>The leader of a shard is the ready node with the highest rendezvous hash, so nodes that see the same nodes agree
 * without messages. Nodes do not see changes at the same moment. So a node takes up a shard only after it has entered
 * itself as the holder in a map of the cluster. The previous holder stays in the map until it has released the shard; a
 * holder that has left the cluster is replaced. So two consumers of one address, which would duplicate published
 * events, never overlap.
 *
 * <p><b>Owner:</b> the node's own context; {@link #leader} and {@link #leading} may be called on any thread.
 */
public final class Shards {
    public static final int COUNT = Wire.SHARDS;

    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);
    private static final long RETRY_MILLIS = 25;
    private static final long TAKE_AGAIN_MILLIS = 250;
    private static final long TAKE_AGAIN_AT_MOST_MILLIS = 5_000;

    /** The duties of a leader. */
    public interface Duties {
        /**
         * Takes up the duties of a shard, or retries the parts that failed the time before.
         *
         * @return completes when the shard is taken up; fails if a part of that failed
         */
        Future<Void> take(int shard);

        /** Writes the data again that the next leader of a shard needs from the cluster. */
        default Future<Void> enterAgain() {
            return Future.succeededFuture();
        }

        /** Learns that another node leads a shard already, believing that this one is gone. {@link #release} follows. */
        default void overtaken(int shard) {}

        /** Releases a shard. When it is done, this node does no more work for the shard. */
        Future<Void> release(int shard);
    }

    private final LoopThread owner;
    private final Vertx vertx;
    private final Nodes nodes;
    private final SharedMap<Integer, String> holders;
    private final LogLimit logLimit;
    private @Nullable Duties duties;
    // The number of shards that are led only in part; any thread may read it.
    private final AtomicInteger incomplete = new AtomicInteger();
    private final List<Shard> shards =
            IntStream.range(0, COUNT).mapToObj(Shard::new).toList();

    /**
     * Creates shards without leaders. They get leaders with the first {@link #update}.
     *
     * @param owner the event loop of the node's own context
     * @param holders the shared map of the node that has taken each shard
     */
    public Shards(LoopThread owner, Vertx vertx, Nodes nodes, SharedMap<Integer, String> holders, NodeClock clock) {
        this.owner = owner;
        this.vertx = vertx;
        this.nodes = nodes;
        this.holders = holders;
        this.logLimit = new LogLimit(clock);
    }

    /** Returns the number of shards that this node should lead but has not taken up completely. Any thread. */
    public int incomplete() {
        return incomplete.get();
    }

    /** Returns the number of shards that this node leads. Any thread. */
    public int led() {
        int all = 0;
        for (Shard shard : shards) {
            Leadership now = shard.leadership;
            all += nodes.self().equals(now.leader()) && now.led().succeeded() ? 1 : 0;
        }
        return all;
    }

    /** Sets the duties. Call it before the first {@link #update}. */
    public void start(Duties whatLeadingMeans) {
        duties = whatLeadingMeans;
    }

    private Duties duties() {
        return Objects.requireNonNull(duties, "not started");
    }

    /** Returns the shard of a channel. */
    public static int of(ChannelName channel) {
        return of(channel.value());
    }

    /** Returns the shard of a name of any kind. */
    public static int of(String name) {
        return Math.floorMod(Rendezvous.mix(name.hashCode()), COUNT);
    }

    /** Returns the node that should lead a shard, as seen from here, or null if no node is ready. Any thread. */
    @Nullable
    public String leader(int shard) {
        return shards.get(shard).leadership.leader();
    }

    /**
     * Returns a future that completes when this node leads a shard and has taken up its duties. Any thread.
     *
     * @return completes on the caller's context. Fails with {@link Refusals#misdirected} if another node should lead the
     *     shard
     */
    public Future<Void> leading(int shard) {
        Leadership now = shards.get(shard).leadership;
        if (!nodes.self().equals(now.leader())) {
            return Future.failedFuture(Refusals.misdirected(now.leader()));
        }
        return now.led().isComplete() ? now.led() : LoopContexts.on(vertx.getOrCreateContext(), now.led());
    }

    /** Computes the leaders again after the nodes have changed. */
    public void update() {
        owner.assertHere();
        Collection<String> ready = nodes.ready();
        for (Shard shard : shards) {
            shard.chosen(Rendezvous.choose(shard.number, ready));
        }
    }

    /**
     * Compares the map of holders with the state of this node. A led shard that another node has taken over, because it
     * believed this node gone, is released. A led shard without an entry is released too and then taken up again
     * properly. An entry for a shard that this node has released is removed: a merge may restore such an entry, and
     * then no other node would ever take up the shard.
     */
    public void checkHolders() {
        owner.assertHere();
        Set<Integer> settled = shards.stream()
                .filter(shard -> shard.state == LeadState.LED || shard.state == LeadState.FREE)
                .map(shard -> shard.number)
                .collect(Collectors.toSet());
        holders.getAll(settled)
                .onSuccess(found -> settled.forEach(number -> shards.get(number).checkHolder(found.get(number))));
    }

    /** Writes again what the next leaders of the led shards will read from the cluster. */
    public Future<Void> enterAgain() {
        owner.assertHere();
        return duties().enterAgain();
    }

    /** Returns a future that completes when this node leads exactly the shards that it should lead. */
    public Future<Void> settled() {
        owner.assertHere();
        Stream<Future<Void>> waiting = shards.stream().map(Shard::settled);
        return Future.join(waiting.toList()).mapEmpty();
    }

    private enum LeadState {
        FREE,
        TAKING,
        LED,
        RELEASING
    }

    /**
     * A shard as all threads see it.
     *
     * @param leader the node that should lead it
     * @param led completes when this node leads it, if this node should
     */
    private record Leadership(@Nullable String leader, Future<Void> led) {}

    private final class Shard {
        private final int number;
        private LeadState state = LeadState.FREE;
        private @Nullable String leader;
        private Promise<Void> led = Promise.promise();
        // Other threads see both values change together, and never wait for a promise that nothing completes.
        private volatile Leadership leadership = new Leadership(null, led.future());
        private Promise<Void> released = Promise.promise();
        private Future<Void> taking = Future.succeededFuture();
        private boolean isIncomplete;
        private long takeAgainMillis = TAKE_AGAIN_MILLIS;

        private Shard(int number) {
            this.number = number;
            released.complete();
        }

        private boolean isMine() {
            return nodes.self().equals(leader);
        }

        private Future<Void> settled() {
            return isMine() ? led.future().recover(movedOn -> settled()) : released.future();
        }

        private void chosen(@Nullable String node) {
            leader = node;
            update();
            publish();
        }

        private void publish() {
            leadership = new Leadership(leader, led.future());
        }

        /** Replaces the promise of leading, and fails it if nothing has completed it. */
        private void notLed() {
            Promise<Void> given = led;
            led = Promise.promise();
            publish();
            given.tryFail(Refusals.misdirected(leader));
        }

        /**
         * Starts the next change towards the wanted state. During a change it does nothing, because it is called again
         * after the change.
         */
        private void update() {
            if (state == LeadState.FREE && isMine()) {
                state = LeadState.TAKING;
                released = Promise.promise();
                claim();
            } else if (state == LeadState.LED && !isMine()) {
                state = LeadState.RELEASING;
                notLed();
                release();
            }
        }

        private void checkHolder(@Nullable String holder) {
            if (state == LeadState.LED && !nodes.self().equals(holder)) {
                state = LeadState.RELEASING;
                notLed();
                if (holder == null) {
                    // The cluster may have lost other entries together with this one.
                    duties().enterAgain().onComplete(done -> release());
                } else {
                    duties().overtaken(number);
                    release();
                }
            } else if (state == LeadState.FREE && nodes.self().equals(holder)) {
                state = LeadState.RELEASING;
                released = Promise.promise();
                leave();
            }
        }

        private void claim() {
            if (!isMine()) {
                incomplete(false, null);
                free();
                return;
            }
            holders.putIfAbsent(number, nodes.self())
                    .compose(this::replaceIfGone)
                    .onComplete(claimed -> {
                        incomplete(claimed.failed(), claimed.cause());
                        if (claimed.succeeded() && claimed.result()) {
                            take();
                        } else {
                            vertx.setTimer(RETRY_MILLIS, later -> claim());
                        }
                    });
        }

        private Future<Boolean> replaceIfGone(@Nullable String holder) {
            if (holder == null || holder.equals(nodes.self())) {
                return Future.succeededFuture(true);
            }
            return nodes.present().contains(holder)
                    ? Future.succeededFuture(false)
                    : holders.replaceIfPresent(number, holder, nodes.self());
        }

        /**
         * Takes up the duties. Failed parts are retried while the shard is led: one unreadable history must not keep
         * all other channels of the shard without a leader.
         */
        private void take() {
            taking = duties().take(number);
            taking.onComplete(taken -> {
                if (state == LeadState.TAKING) {
                    state = LeadState.LED;
                    led.complete();
                }
                if (state == LeadState.LED) {
                    incomplete(taken.failed(), taken.cause());
                    takeAgain(taken.succeeded());
                    update();
                }
            });
        }

        private void takeAgain(boolean complete) {
            if (complete) {
                takeAgainMillis = TAKE_AGAIN_MILLIS;
                return;
            }
            vertx.setTimer(takeAgainMillis, later -> {
                if (state == LeadState.LED && isIncomplete && taking.isComplete()) {
                    take();
                }
            });
            takeAgainMillis = Math.min(2 * takeAgainMillis, TAKE_AGAIN_AT_MOST_MILLIS);
        }

        private void incomplete(boolean now, @Nullable Throwable cause) {
            if (now) {
                logLimit.log(() -> LOG.warn(
                        "Shard {} is not taken up completely; retrying: {} (said at most once a minute)",
                        number,
                        String.valueOf(cause)));
            }
            if (now != isIncomplete) {
                isIncomplete = now;
                incomplete.addAndGet(now ? 1 : -1);
            }
        }

        private void release() {
            incomplete(false, null);
            takeAgainMillis = TAKE_AGAIN_MILLIS;
            taking.transform(done -> duties().release(number)).onComplete(done -> leave());
        }

        private void leave() {
            holders.removeIfPresent(number, nodes.self()).onComplete(done -> free());
        }

        private void free() {
            state = LeadState.FREE;
            released.complete();
            if (!isMine()) {
                // A caller may have waited until this node leads the shard again.
                notLed();
            }
            update();
        }
    }
}
