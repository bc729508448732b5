package io.ssebridge.cluster;

import com.hazelcast.config.Config;
import com.hazelcast.config.ListenerConfig;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.vertx.core.Completable;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * A cluster manager that starts its Hazelcast before Vert.x and stops it after Vert.x. If the manager starts Hazelcast
 * itself and the start fails, it logs several stack traces, one of them about itself.
 */
final class OwnHazelcast extends HazelcastClusterManager {
    /** The attribute that contains the node id of each member. */
    static final String NODE_ID = "__vertx.nodeId";

    // The only message of Hazelcast when no cluster has let it in.
    private static final String GAVE_UP = "Node failed to start!";

    private final HazelcastInstance hazelcast;
    // The newest registration of each address that this node consumes.
    private final ConcurrentMap<String, RegistrationInfo> registered = new ConcurrentHashMap<>();
    private @Nullable Vertx vertx;

    private OwnHazelcast(HazelcastInstance hazelcast) {
        super(hazelcast);
        this.hazelcast = hazelcast;
    }

    /**
     * Starts a member on its own thread.
     *
     * @return fails with a message for the operator if the configuration does not fit this machine, or no cluster lets the
     *     member in
     */
    static Future<OwnHazelcast> start(Config config) {
        config.getMemberAttributeConfig()
                .setAttribute(NODE_ID, UUID.randomUUID().toString());
        HazelcastLog log = new HazelcastLog();
        config.addListenerConfig(new ListenerConfig(log));
        JoinReport report = new JoinReport(config, log);
        Promise<OwnHazelcast> started = Promise.promise();
        report.watch(started.future());
        new Thread(() -> start(config, report, started), "sse-bridge-join").start();
        return started.future();
    }

    private static void start(Config config, JoinReport report, Promise<OwnHazelcast> started) {
        try {
            started.complete(new OwnHazelcast(Hazelcast.newHazelcastInstance(config)));
        } catch (RuntimeException e) {
            String why =
                    GAVE_UP.equals(e.getMessage()) ? report.failure() : "Hazelcast does not start: " + e.getMessage();
            started.fail(new IllegalStateException(why, e));
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
    public void addRegistration(String address, RegistrationInfo registration, Completable<Void> added) {
        if (!registration.localOnly()) {
            registered.put(address, registration);
        }
        super.addRegistration(address, registration, added);
    }

    @Override
    public void removeRegistration(String address, RegistrationInfo registration, Completable<Void> removed) {
        registered.remove(address, registration);
        super.removeRegistration(address, registration, removed);
    }

    /**
     * Makes the cluster forget that this node consumes an address; the consumer stays. The future completes on the caller's
     * context: Vert.x reports the end on any of its workers.
     */
    Future<Void> unregister(String address) {
        RegistrationInfo registration = registered.get(address);
        if (registration == null) {
            return Future.succeededFuture();
        }
        Promise<Void> removed = Promise.promise();
        Context caller = Objects.requireNonNull(vertx, "not initialized").getOrCreateContext();
        removeRegistration(
                address, registration, (done, failure) -> caller.runOnContext(back -> removed.complete(null, failure)));
        return removed.future();
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
