package io.ssebridge.cluster;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryRemovedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import io.ssebridge.membership.Nodes;
import io.ssebridge.membership.SharedMaps;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import io.vertx.spi.cluster.hazelcast.HazelcastClusterManager;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of a Hazelcast cluster. A node is ready while its entry in the map {@code sse.nodes} is {@code true}. Other
 * Vert.x services are members too, but never have an entry.
 *
 * <p>Changes are never computed from events, because events may be lost or repeated. After each event, and also every
 * second, the members and the map are read again. The readings run one after another on their own worker thread,
 * because the calls of Hazelcast block.
 */
final class ClusteredNodes implements Nodes {
    private static final Logger LOG = LoggerFactory.getLogger(ClusteredNodes.class);
    // After a merge Hazelcast loses events for some seconds. In a test one node then ignored the other permanently.
    private static final long READ_AGAIN_MILLIS = 1_000;

    private final Vertx vertx;
    private final HazelcastClusterManager manager;
    private final HazelcastInstance hazelcast;
    private final String self;
    // True: the node is ready. False: the node has withdrawn; only the node itself writes this. Other members remove
    // the entry of a node that has left the cluster.
    private final IMap<String, Boolean> entered;
    private final Registrations registrations;
    private final SharedMaps maps;
    private final WorkerExecutor reader;

    // Used only on the reader thread.
    private boolean shallBeReady;

    private final AtomicBoolean readingAgain = new AtomicBoolean();
    private volatile View view = new View(Set.of(), Set.of(), Set.of());
    // The members of the current view. Hazelcast replaces this set at each change and keeps it between changes.
    private volatile Set<Member> viewed = Set.of();
    private volatile Runnable changed = () -> {};
    private volatile Runnable merged = () -> {};
    private volatile Runnable ended = () -> {};

    private record View(Set<String> ready, Set<String> present, Set<String> withdrawn) {}

    private ClusteredNodes(Vertx vertx, HazelcastClusterManager manager) {
        this.vertx = vertx;
        this.manager = manager;
        this.hazelcast = manager.getHazelcastInstance();
        this.self = manager.getNodeId();
        this.entered = hazelcast.getMap("sse.nodes");
        this.registrations = new Registrations(hazelcast, self);
        this.maps = HazelcastMaps.open(vertx, hazelcast);
        this.reader = vertx.createSharedWorkerExecutor("sse-nodes", 1);
    }

    static Future<Nodes> open(Vertx vertx, HazelcastClusterManager manager) {
        return Blocking.call(vertx, () -> {
            ClusteredNodes nodes = new ClusteredNodes(vertx, manager);
            nodes.listen();
            nodes.read();
            return nodes;
        });
    }

    private void listen() {
        hazelcast.getCluster().addMembershipListener(new MembershipListener() {
            @Override
            public void memberAdded(MembershipEvent event) {
                readSoon();
            }

            @Override
            public void memberRemoved(MembershipEvent event) {
                String gone = event.getMember().getAttribute(OwnHazelcast.NODE_ID);
                if (gone != null) {
                    forget(gone);
                }
            }
        });
        hazelcast.getLifecycleService().addLifecycleListener(event -> {
            if (event.getState() == LifecycleState.MERGED) {
                readSoon();
                onReader(() -> merged.run());
            } else if (event.getState() == LifecycleState.SHUTDOWN) {
                ended.run();
            }
        });
        entered.addEntryListener((EntryAddedListener<String, Boolean>) event -> readSoon(), false);
        entered.addEntryListener((EntryUpdatedListener<String, Boolean>) event -> readSoon(), false);
        entered.addEntryListener((EntryRemovedListener<String, Boolean>) event -> readSoon(), false);
        vertx.setPeriodic(READ_AGAIN_MILLIS, tick -> readAgain());
    }

    /**
     * Runs a step on the reader thread. While the Vert.x is being closed, Hazelcast still reports changes, but the thread is
     * gone already.
     *
     * @return fails in that case, or if the step fails
     */
    @CanIgnoreReturnValue
    private Future<Void> onReader(Runnable step) {
        return Blocking.call(reader, Executors.callable(step)).mapEmpty();
    }

    private void readSoon() {
        onReader(this::read);
    }

    /** Reads again, unless a reading is in flight: readings must not pile up while Hazelcast does not answer. */
    private void readAgain() {
        if (!hazelcast.getLifecycleService().isRunning()) {
            // When the heap is exhausted, Hazelcast shuts down without notifying its listeners.
            ended.run();
            return;
        }
        if (readingAgain.compareAndSet(false, true)) {
            onReader(this::read).onComplete(done -> readingAgain.set(false));
        }
    }

    private void forget(String gone) {
        onReader(() -> {
            // The view is updated first, so that the shards of the lost node move at once. Then the entry is removed
            // for members that join later.
            read();
            entered.delete(gone);
        });
    }

    private void read() {
        if (shallBeReady && !Boolean.TRUE.equals(entered.get(self))) {
            // Members that had lost this node removed its entry, as the other part of a split does. The node is still
            // here, so it writes the entry again.
            entered.set(self, true);
        }
        Set<Member> members = hazelcast.getCluster().getMembers();
        Set<String> present = members.stream()
                .map(ClusteredNodes::id)
                .filter(Objects::nonNull)
                .collect(Collectors.toUnmodifiableSet());
        Set<Map.Entry<String, Boolean>> entries = entered.entrySet();
        View now = new View(
                those(entries, true).filter(present::contains).collect(Collectors.toUnmodifiableSet()),
                present,
                those(entries, false).collect(Collectors.toUnmodifiableSet()));
        if (!now.equals(view)) {
            view = now;
            LOG.info(
                    "{} nodes ready, {} members in the cluster",
                    now.ready().size(),
                    now.present().size());
            changed.run();
        }
        viewed = members;
    }

    private static Stream<String> those(Set<Map.Entry<String, Boolean>> entries, boolean ready) {
        return entries.stream().filter(entry -> entry.getValue() == ready).map(Map.Entry::getKey);
    }

    private boolean isUpToDate() {
        return hazelcast.getCluster().getMembers() == viewed;
    }

    private static String id(Member member) {
        return member.getAttribute(OwnHazelcast.NODE_ID);
    }

    @Override
    public String self() {
        return self;
    }

    @Override
    public Set<String> ready() {
        return view.ready();
    }

    @Override
    public Set<String> present() {
        return view.present();
    }

    @Override
    public Set<String> withdrawn() {
        return view.withdrawn();
    }

    @Override
    public Future<Void> upToDate() {
        if (isUpToDate()) {
            return Future.succeededFuture();
        }
        return onReader(() -> {
                    // Another caller may have read it meanwhile.
                    if (!isUpToDate()) {
                        read();
                    }
                })
                .compose(read -> upToDate());
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
    public void onEnd(Runnable handler) {
        ended = handler;
    }

    @Override
    public Future<Set<String>> unregistered(Set<String> addresses) {
        // This does not use the reader thread: other look-ups must not delay the reading of the members.
        return Blocking.call(vertx, () -> {
            registrations.stayConnectable();
            return registrations.missing(addresses);
        });
    }

    @Override
    public Optional<SharedMaps> maps() {
        return Optional.of(maps);
    }

    @Override
    public Future<Void> unregister(String address) {
        return manager instanceof OwnHazelcast own
                ? own.unregister(address)
                : Blocking.call(vertx, () -> {
                    registrations.remove(address);
                    return null;
                });
    }

    @Override
    public Future<Void> enter() {
        return onReader(() -> {
            shallBeReady = true;
            read();
        });
    }

    @Override
    public Future<Void> withdraw() {
        return onReader(() -> {
            shallBeReady = false;
            entered.set(self, false);
            read();
        });
    }
}
