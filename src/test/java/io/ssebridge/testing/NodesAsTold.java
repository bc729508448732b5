package io.ssebridge.testing;

import io.ssebridge.membership.Nodes;
import io.vertx.core.Future;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Nodes that are there or not as a test says. Any thread. */
public class NodesAsTold implements Nodes {
    private final String self;
    private volatile Set<String> ready = Set.of();
    private volatile Set<String> present = Set.of();
    private volatile Set<String> withdrawn = Set.of();
    private volatile Runnable changed = () -> {};
    private volatile Runnable merged = () -> {};
    private volatile Supplier<Future<Void>> look = Future::succeededFuture;

    /** No node is there yet. */
    public NodesAsTold(String self) {
        this.self = self;
    }

    /** From now on these are ready, and these are there at all. */
    public void see(Set<String> nowReady, Set<String> nowPresent) {
        ready = nowReady;
        present = nowPresent;
        changed.run();
    }

    /** A node has said that it goes. */
    public void withdraws(String node) {
        withdrawn = Set.of(node);
        ready = ready.stream().filter(each -> !each.equals(node)).collect(Collectors.toSet());
        changed.run();
    }

    /** How a caller finds out which nodes are there at this moment. */
    public void whenLookedAt(Supplier<Future<Void>> found) {
        look = found;
    }

    /** Two parts of the cluster have become one. */
    public void merge() {
        merged.run();
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public Set<String> ready() {
        return ready;
    }

    @Override
    public Set<String> present() {
        return present;
    }

    @Override
    public Set<String> withdrawn() {
        return withdrawn;
    }

    @Override
    public Future<Void> upToDate() {
        return look.get();
    }

    @Override
    public void onChange(Runnable handler) {
        changed = handler;
    }

    @Override
    public void onMerge(Runnable handler) {
        merged = handler;
    }

    @Override
    public Future<Void> enter() {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> withdraw() {
        return Future.succeededFuture();
    }
}
