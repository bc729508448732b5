package io.ssebridge.membership;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;

/** The nodes of the bridge as this node sees them. Any thread. */
public interface Nodes {
    /** Returns the id of this node. */
    String self();

    /** Returns the nodes that may lead shards. */
    Set<String> ready();

    /** Returns all members of the cluster, ready or not. */
    Set<String> present();

    /** Returns the nodes that have announced that they lead no longer and will leave, as far as this is remembered. */
    Set<String> withdrawn();

    /**
     * Waits until {@link #present} contains the current members of the cluster.
     *
     * <p>By default it is done at once: without a cluster the members never change.
     *
     * @return completes when it does; the handler for changes has been called before
     */
    default Future<Void> upToDate() {
        return Future.succeededFuture();
    }

    /**
     * Sets the handler that is called after every change of {@link #ready}, {@link #present} or {@link #withdrawn}.
     *
     * @param handler replaces the previous one; runs on any thread
     */
    void onChange(Runnable handler);

    /**
     * Sets the handler that is called when two parts of a cluster have merged. Changes that this part made during the
     * split may be lost then.
     *
     * <p>By default it does nothing: without a cluster there is no split.
     *
     * @param handler replaces the previous one; runs on any thread
     */
    default void onMerge(Runnable handler) {}

    /**
     * Sets the handler that is called when this node has left the cluster permanently, whether or not it was asked to
     * leave. The node cannot serve any more then.
     *
     * <p>By default it does nothing: without a cluster there is nothing to leave.
     *
     * @param handler replaces the previous one; runs on any thread, possibly more than once
     */
    default void onEnd(Runnable handler) {}

    /**
     * Looks up the addresses for which the cluster does not know this node as a consumer. It also ensures that other
     * nodes can find the network address of this node.
     *
     * <p>By default it finds nothing: without a cluster there are no registrations to check.
     *
     * @param addresses the event bus addresses that this node consumes
     * @return the addresses that are not registered, on which no message of another node reaches this node
     */
    default Future<Set<String>> unregistered(Set<String> addresses) {
        return Future.succeededFuture(Set.of());
    }

    /**
     * Makes the cluster forget that this node consumes an address. The consumer itself stays.
     *
     * <p>By default it does nothing: without a cluster nobody else knows of the consumer.
     *
     * @param address an address of the event bus
     * @return completes when other members find no consumer here
     */
    default Future<Void> unregister(String address) {
        return Future.succeededFuture();
    }

    /**
     * Returns the maps that all nodes share.
     *
     * <p>By default it is empty: without a cluster a node has its own maps.
     */
    default Optional<SharedMaps> maps() {
        return Optional.empty();
    }

    /** Announces to all nodes that this node may lead. */
    Future<Void> enter();

    /** Announces to all nodes that this node leads no longer and will soon leave. */
    Future<Void> withdraw();
}
