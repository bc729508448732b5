package io.ssebridge.bus;

import io.ssebridge.hub.Owner;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes this node join and leave the bridge.
 *
 * <ol>
 *   <li>{@link #join}: other nodes can reach the node, then it enters the list of ready nodes, and takes up its shards.
 *   <li>{@link #withdraw}: other nodes take over its shards.
 *   <li>{@link #close}: all received messages are answered, and the periodic work stops.
 * </ol>
 *
 * <p><b>Owner:</b> the node's own context; its methods may be called on any thread.
 */
final class NodeLifecycle {
    private static final Logger LOG = LoggerFactory.getLogger(NodeLifecycle.class);
    private static final Duration JOIN_TIMEOUT = Duration.ofSeconds(10);
    // How long a node that stops waits for the answers to the messages that it has received.
    private static final Duration ANSWERING = Duration.ofSeconds(5);
    private static final long RETRY_MILLIS = 50;

    private final Vertx vertx;
    private final Owner owner;
    private final NodeClock clock;
    private final Nodes nodes;
    private final Shards shards;
    private final SplitBrainGuard guard;
    private final Addresses addresses;
    private final EventPublisher publisher;
    private final NodePing ping;
    private final Upkeep upkeep;

    /**
     * The addresses of this node.
     *
     * @param loops the event loops of the shards
     * @param consumers consume the addresses
     * @param requests answers the requests of other nodes
     * @param announcements receives the announcements of leaders
     * @param questions answers questions of other services, once the node leads its shards
     */
    record Addresses(
            PerLoop<ShardLoop> loops,
            BusConsumers consumers,
            NodeService requests,
            AnnouncementReceiver announcements,
            QuestionAddresses questions) {}

    /**
     * The work that the node repeats.
     *
     * @param tasks runs it
     * @param node begins when the node is ready
     * @param doubt begins before the node joins
     * @param freezes begins before the node joins
     */
    record Upkeep(PeriodicTasks tasks, NodeUpkeep node, DoubtCheck doubt, FreezeWatch freezes) {}

    NodeLifecycle(
            Vertx vertx,
            Owner owner,
            NodeClock clock,
            Nodes nodes,
            Shards shards,
            SplitBrainGuard guard,
            Addresses addresses,
            EventPublisher publisher,
            NodePing ping,
            Upkeep upkeep) {
        this.vertx = vertx;
        this.owner = owner;
        this.clock = clock;
        this.nodes = nodes;
        this.shards = shards;
        this.guard = guard;
        this.addresses = addresses;
        this.publisher = publisher;
        this.ping = ping;
        this.upkeep = upkeep;
    }

    /** Joins the bridge. The future completes when the node leads its share of the channels. */
    Future<Void> join() {
        return owner.call(() -> {
            NodeUpkeep node = upkeep.node();
            nodes.onChange(() -> {
                // At once: no event loop may acknowledge an event between the loss of the others and this.
                guard.nodesChanged();
                owner.run(node::nodesChanged);
            });
            nodes.onMerge(() -> {
                var unused = node.doubtHistories();
                owner.run(node::checkEntries);
            });
            // The check runs during the start too, which may take long: a node that only waits must not count as
            // frozen.
            upkeep.freezes().start(vertx.getOrCreateContext());
            upkeep.tasks().every(SplitBrainGuard.TICK, upkeep.doubt()::tick);
            return openForNodes()
                    .compose(opened -> reachAll(clock.elapsedMillis() + JOIN_TIMEOUT.toMillis(), new HashSet<>()))
                    .compose(reached -> nodes.enter())
                    .compose(entered -> lead())
                    .compose(leading -> addresses.questions().open(addresses.consumers()))
                    .onFailure(failed -> upkeep.freezes().stop());
        });
    }

    /** Opens the addresses for other nodes. The future completes when other nodes can find them. */
    private Future<Void> openForNodes() {
        BusConsumers consumers = addresses.consumers();
        return Future.join(
                        addresses.requests().open(consumers),
                        addresses.announcements().open(consumers, nodes.self()))
                .mapEmpty();
    }

    private Future<Void> lead() {
        upkeep.node().nodesChanged();
        upkeep.node().start();
        return shards.settled();
    }

    /**
     * Waits until all leading nodes can reach this node. Other nodes see a new node before they can reach it, so it
     * must not lead earlier.
     */
    private Future<Void> reachAll(long deadlineMillis, Set<String> reached) {
        List<Future<Void>> asked = new ArrayList<>();
        for (String node : nodes.ready()) {
            if (!reached.contains(node)) {
                asked.add(ping.askShortly(node)
                        .onSuccess(answered -> reached.add(node))
                        .mapEmpty());
            }
        }
        return Future.join(asked).<Void>mapEmpty().recover(unreached -> {
            if (clock.elapsedMillis() >= deadlineMillis) {
                LOG.warn(
                        "Not all nodes answer; starting with {} of {}",
                        reached.size(),
                        nodes.ready().size());
                return Future.succeededFuture();
            }
            return vertx.timer(RETRY_MILLIS).compose(later -> reachAll(deadlineMillis, reached));
        });
    }

    /**
     * Stops leading, and leaves questions of other services to other nodes.
     *
     * @return completes when other nodes may take over all shards that this node led
     */
    Future<Void> withdraw() {
        return owner.call(() -> nodes.withdraw().compose(withdrawn -> {
            upkeep.node().nodesChanged();
            return Future.join(shards.settled(), addresses.questions().close(addresses.consumers()))
                    .mapEmpty();
        }));
    }

    /** Waits until all messages that have come are answered, and stops all periodic work. */
    Future<Void> close() {
        return owner.call(() -> addresses
                .consumers()
                .quiet()
                .timeout(ANSWERING.toMillis(), TimeUnit.MILLISECONDS)
                .transform(quiet -> answered(clock.elapsedMillis() + ANSWERING.toMillis()))
                .transform(done -> stop()));
    }

    private Future<Void> stop() {
        upkeep.freezes().stop();
        upkeep.tasks().stop();
        return Future.join(addresses.loops().all().stream()
                        .map(loop -> loop.owner().callDirectly(() -> {
                            loop.tasks().stop();
                            return Future.succeededFuture();
                        }))
                        .toList())
                .<Void>mapEmpty()
                .timeout(ANSWERING.toMillis(), TimeUnit.MILLISECONDS)
                .transform(stopped -> Future.succeededFuture());
    }

    private Future<Void> answered(long deadlineMillis) {
        return publisher.isQuiet() && addresses.questions().isQuiet() || clock.elapsedMillis() >= deadlineMillis
                ? Future.succeededFuture()
                : vertx.timer(RETRY_MILLIS).compose(later -> answered(deadlineMillis));
    }
}
