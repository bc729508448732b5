package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.time.NodeClock;
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
 * Who leads which of the {@value #COUNT} shards that all channels are dealt into.
 *
 * <p>The leader is the ready node with the highest rendezvous hash: all nodes that see the same nodes agree without a
 * word. They do not see the same at the same moment; so a node takes up its duties only once it has entered itself for
 * the shard in a map of the cluster, where its predecessor stands until it has laid down its own. A predecessor that is
 * gone is replaced. Two consumers of one address, which would double what is published to it, never overlap that way.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Shards {
    static final int COUNT = 64;

    private static final Logger LOG = LoggerFactory.getLogger(Shards.class);
    private static final long RETRY_MILLIS = 25;
    private static final long TAKE_AGAIN_MILLIS = 250;
    private static final long TAKE_AGAIN_AT_MOST_MILLIS = 5_000;

    /** What leading means. */
    interface Duties {
        /**
         * Takes up the duties of a shard, or those that were not taken up the time before.
         *
         * @return when it has tried; failed: something of it is missing
         */
        Future<Void> take(int shard);

        /** Sees to it that the cluster knows what whoever takes up a shard next has to know. */
        default Future<Void> enterAgain() {
            return Future.succeededFuture();
        }

        /** Lays them down: when it is done, nothing of the shard happens here any more. */
        Future<Void> release(int shard);
    }

    private final Vertx vertx;
    private final Nodes nodes;
    private final SharedMap<Integer, String> holders;
    private final LogLimit logLimit;
    private @Nullable Duties duties;
    // How many shards are led without all that belongs to them; read by any thread.
    private final AtomicInteger incomplete = new AtomicInteger();
    private final List<Shard> shards =
            IntStream.range(0, COUNT).mapToObj(Shard::new).toList();

    Shards(Vertx vertx, Nodes nodes, SharedMap<Integer, String> holders, NodeClock clock) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.holders = holders;
        this.logLimit = new LogLimit(clock);
    }

    /** How many shards this node leads, or should lead, and has not been able to take up as a whole. Any thread. */
    int incomplete() {
        return incomplete.get();
    }

    /** Says what leading means; before the first {@link #update}. */
    void start(Duties whatLeadingMeans) {
        duties = whatLeadingMeans;
    }

    private Duties duties() {
        return Objects.requireNonNull(duties, "not started");
    }

    /** The shard of a channel. */
    static int of(ChannelName channel) {
        return of(channel.value());
    }

    /** The shard of a name of any kind. */
    static int of(String name) {
        return Math.floorMod(Rendezvous.mix(name.hashCode()), COUNT);
    }

    /** The node that should lead a shard, as seen from here; null: none is ready. */
    @Nullable
    String leader(int shard) {
        return shards.get(shard).leader;
    }

    /**
     * When this node leads a shard and has taken up its duties.
     *
     * @return failed with {@link Refusals#misdirected}: another node should lead it
     */
    Future<Void> leading(int shard) {
        Shard asked = shards.get(shard);
        return asked.isMine() ? asked.led.future() : Future.failedFuture(Refusals.misdirected(asked.leader));
    }

    /** The nodes have changed. */
    void update() {
        Collection<String> ready = nodes.ready();
        for (Shard shard : shards) {
            shard.leader = Rendezvous.choose(shard.number, ready);
            shard.update();
        }
    }

    /**
     * Lays down what another node has taken over meanwhile, believing this one gone; and what nobody stands for in the
     * map, because it has lost the entry, to take it up again properly. Takes this node out of the map where it stands for
     * what it has laid down: a merge may bring such an entry back, and nobody else would ever take up the shard.
     */
    void checkHolders() {
        Set<Integer> settled = shards.stream()
                .filter(shard -> shard.state == State.LED || shard.state == State.FREE)
                .map(shard -> shard.number)
                .collect(Collectors.toSet());
        holders.getAll(settled)
                .onSuccess(found -> settled.forEach(number -> shards.get(number).checkHolder(found.get(number))));
    }

    /** When this node leads all that it should, and nothing else. */
    Future<Void> settled() {
        Stream<Future<Void>> waiting = shards.stream().map(Shard::settled);
        return Future.join(waiting.toList()).mapEmpty();
    }

    private enum State {
        FREE,
        TAKING,
        LED,
        RELEASING
    }

    private final class Shard {
        private final int number;
        private State state = State.FREE;
        private @Nullable String leader;
        private Promise<Void> led = Promise.promise();
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

        /** Moves towards what should be; in the middle of a move that is looked at when it is done. */
        private void update() {
            if (state == State.FREE && isMine()) {
                state = State.TAKING;
                released = Promise.promise();
                claim();
            } else if (state == State.LED && !isMine()) {
                state = State.RELEASING;
                led = Promise.promise();
                release();
            }
        }

        private void checkHolder(@Nullable String holder) {
            if (state == State.LED && !nodes.self().equals(holder)) {
                state = State.RELEASING;
                led = Promise.promise();
                // What has lost this entry may have lost others.
                Future<Void> entered = holder == null ? duties().enterAgain() : Future.succeededFuture();
                entered.onComplete(done -> release());
            } else if (state == State.FREE && nodes.self().equals(holder)) {
                state = State.RELEASING;
                released = Promise.promise();
                leave();
            }
        }

        private void claim() {
            if (!isMine()) {
                Promise<Void> given = led;
                led = Promise.promise();
                incomplete(false, null);
                free();
                given.fail(Refusals.misdirected(leader));
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
         * What cannot be taken up now is tried again while the shard is led: one channel whose history cannot be read must
         * not keep all others of the shard from being led.
         */
        private void take() {
            taking = duties().take(number);
            taking.onComplete(taken -> {
                if (state == State.TAKING) {
                    state = State.LED;
                    led.complete();
                }
                if (state == State.LED) {
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
                if (state == State.LED && isIncomplete && taking.isComplete()) {
                    take();
                }
            });
            takeAgainMillis = Math.min(2 * takeAgainMillis, TAKE_AGAIN_AT_MOST_MILLIS);
        }

        private void incomplete(boolean now, @Nullable Throwable cause) {
            if (now) {
                logLimit.log(() -> LOG.warn(
                        "Shard {} is not taken up as a whole, which is tried again: {} (said at most once a minute)",
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
            state = State.FREE;
            released.complete();
            update();
        }
    }
}
