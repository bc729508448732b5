package io.ssebridge.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Objects;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * A cluster manager whose Hazelcast is started before Vert.x and stopped after it. If the manager starts Hazelcast
 * itself and the start fails, it logs several stack traces, one of them about itself.
 */
final class OwnHazelcast extends HazelcastClusterManager {
    /** The attribute that contains the node id of each member. */
    static final String NODE_ID = "__vertx.nodeId";

    private final HazelcastInstance hazelcast;
    private @Nullable Vertx vertx;

    private OwnHazelcast(HazelcastInstance hazelcast) {
        super(hazelcast);
        this.hazelcast = hazelcast;
    }

    /**
     * Starts a member on its own thread.
     *
     * @return fails with the exception of Hazelcast if the configuration does not fit this machine
     */
    static Future<OwnHazelcast> start(Config config) {
        config.getMemberAttributeConfig()
                .setAttribute(NODE_ID, UUID.randomUUID().toString());
        Promise<OwnHazelcast> started = Promise.promise();
        new Thread(() -> start(config, started), "sse-bridge-join").start();
        return started.future();
    }

    private static void start(Config config, Promise<OwnHazelcast> started) {
        try {
            started.complete(new OwnHazelcast(Hazelcast.newHazelcastInstance(config)));
        } catch (RuntimeException e) {
            started.fail(e);
        }
    }

    HazelcastInstance instance() {
        return hazelcast;
    }

    @Override
    public void init(Vertx starting) {
        vertx = starting;
        super.init(starting);
    }

    @Override
    public void leave(Completable<Void> left) {
        super.leave((done, failure) -> Objects.requireNonNull(vertx, "not initialized")
                .<Void>executeBlocking(() -> {
                    hazelcast.shutdown();
                    return null;
                })
                .onComplete(left));
    }
}
