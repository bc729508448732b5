package io.ssebridge.testing;

import io.ssebridge.bus.Nodes;
import io.vertx.core.Future;
import java.util.Set;

/** Nodes that are there or not as a test says. Any thread. */
public class NodesAsTold implements Nodes {
    private final String self;
    private volatile Set<String> ready = Set.of();
    private volatile Set<String> present = Set.of();
    private volatile Runnable changed = () -> {};
    private volatile Runnable merged = () -> {};

    /** Nobody is there yet. */
    public NodesAsTold(String self) {
        this.self = self;
    }

    /** From now on these are ready, and these are there at all. */
    public void see(Set<String> nowReady, Set<String> nowPresent) {
        ready = nowReady;
        present = nowPresent;
        changed.run();
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
