package io.ssebridge.bus;

import io.vertx.core.Future;
import java.util.Optional;
import java.util.Set;

/** The nodes of the bridge as this one sees them. Any thread. */
public interface Nodes {
    /** The id of this node. */
    String self();

    /** The nodes that may lead shards. */
    Set<String> ready();

    /** Everybody in the cluster, ready or not. */
    Set<String> present();

    /** Those who have said that they lead no longer and will be gone, as far as is remembered. */
    Set<String> withdrawn();

    /**
     * Whether {@link #present} is what the cluster's members are at this moment.
     *
     * <p>Done at once unless overridden: without a cluster nobody comes or goes.
     *
     * @return when it is; whoever is told of changes has been told before
     */
    default Future<Void> upToDate() {
        return Future.succeededFuture();
    }

    /**
     * Is told after every change of {@link #ready}, {@link #present} or {@link #withdrawn}.
     *
     * @param handler runs on any thread; the only one
     */
    void onChange(Runnable handler);

    /**
     * Is told when two parts of a cluster have become one again, and what this one had done meanwhile may be gone.
     *
     * <p>Does nothing unless overridden: what is no cluster never falls apart.
     *
     * @param handler runs on any thread; the only one
     */
    default void onMerge(Runnable handler) {}

    /**
     * Is told when this node has left the cluster for good and cannot serve any more, whether or not it was asked to.
     *
     * <p>Does nothing unless overridden: without a cluster nothing can be left.
     *
     * @param handler runs on any thread, possibly more than once; the only one
     */
    default void onEnd(Runnable handler) {}

    /**
     * Looks up what the cluster knows this node to consume, and sees to it that the others know how to connect to it.
     *
     * <p>Finds nothing amiss unless overridden: without a cluster there is nobody who has to know.
     *
     * @param addresses of the event bus that this node consumes
     * @return those that the cluster does not know of, on which nobody reaches this node
     */
    default Future<Set<String>> unregistered(Set<String> addresses) {
        return Future.succeededFuture(Set.of());
    }

    /**
     * The maps that all nodes share.
     *
     * <p>None unless overridden: without a cluster a node has its own.
     */
    default Optional<SharedMaps> maps() {
        return Optional.empty();
    }

    /** Tells everybody that this node may lead. */
    Future<Void> enter();

    /** Tells everybody that this node will soon be gone and leads no longer. */
    Future<Void> withdraw();
}
