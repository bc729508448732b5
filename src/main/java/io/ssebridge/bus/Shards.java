package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.shareddata.AsyncMap;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

    private static final long RETRY_MILLIS = 25;

    /** What leading means. */
    interface Duties {
        /** Takes up the duties of a shard; failures are its own to deal with. */
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
    private final AsyncMap<Integer, String> holders;
    private @Nullable Duties duties;
    private final List<Shard> shards =
            IntStream.range(0, COUNT).mapToObj(Shard::new).toList();

    Shards(Vertx vertx, Nodes nodes, AsyncMap<Integer, String> holders) {
        this.vertx = vertx;
        this.nodes = nodes;
        this.holders = holders;
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
        for (Shard shard : shards) {
            if (shard.state == State.LED || shard.state == State.FREE) {
                holders.get(shard.number).onSuccess(shard::checkHolder);
            }
        }
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
                free();
                given.fail(Refusals.misdirected(leader));
                return;
            }
            holders.putIfAbsent(number, nodes.self())
                    .compose(this::replaceIfGone)
                    .onComplete(claimed -> {
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

        private void take() {
            duties().take(number).onComplete(taken -> {
                state = State.LED;
                led.complete();
                update();
            });
        }

        private void release() {
            duties().release(number).onComplete(done -> leave());
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
