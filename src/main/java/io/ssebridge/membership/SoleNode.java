package io.ssebridge.membership;

import io.vertx.core.Future;
import java.util.Set;

/** A node without a cluster. It leads all shards. */
public final class SoleNode implements Nodes {
    private static final String SELF = "standalone";

    private volatile Set<String> ready = Set.of();
    private volatile Runnable changed = () -> {};

    /** Creates a node that is not ready yet. */
    public SoleNode() {}

    @Override
    public String self() {
        return SELF;
    }

    @Override
    public Set<String> ready() {
        return ready;
    }

    @Override
    public Set<String> present() {
        return Set.of(SELF);
    }

    @Override
    public Set<String> withdrawn() {
        return Set.of();
    }

    @Override
    public void onChange(Runnable handler) {
        changed = handler;
    }

    @Override
    public Future<Void> enter() {
        return become(Set.of(SELF));
    }

    @Override
    public Future<Void> withdraw() {
        return become(Set.of());
    }

    private Future<Void> become(Set<String> nodes) {
        ready = nodes;
        changed.run();
        return Future.succeededFuture();
    }
}
