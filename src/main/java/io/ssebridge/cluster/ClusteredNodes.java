package io.ssebridge.cluster;

import com.hazelcast.cluster.Member;
import com.hazelcast.cluster.MembershipEvent;
import com.hazelcast.cluster.MembershipListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.LifecycleEvent.LifecycleState;
import com.hazelcast.map.IMap;
import com.hazelcast.map.listener.EntryAddedListener;
import com.hazelcast.map.listener.EntryRemovedListener;
import com.hazelcast.map.listener.EntryUpdatedListener;
import io.ssebridge.bus.Nodes;
import io.ssebridge.bus.SharedMaps;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The nodes of a Hazelcast cluster. A node is ready while it stands in the map {@code sse.nodes} with {@code true};
 * other Vert.x services are members too and never stand there.
 *
 * <p>What changed is never counted from events, which may be missed or come twice: after each event the members and the
 * map are read anew, and every second without one, one after another on a thread of their own, because Hazelcast's calls
 * block.
 */
final class ClusteredNodes implements Nodes {
    private static final Logger LOG = LoggerFactory.getLogger(ClusteredNodes.class);
    // After a merge Hazelcast loses events for some seconds: one node went on for ever without the other.
    private static final long READ_AGAIN_MILLIS = 1_000;

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
    private final String self;
    // True: ready. False: it has withdrawn, which only it can say; who is believed gone is taken out by the others.
    private final IMap<String, Boolean> entered;
    private final Registrations registrations;
    private final SharedMaps maps;
    private final WorkerExecutor reader;

    // Touched by the reader alone.
    private boolean shallBeReady;

    private final AtomicBoolean readingAgain = new AtomicBoolean();
    private volatile View view = new View(Set.of(), Set.of(), Set.of());
    // Of which that is the view: a set that Hazelcast replaces at each change, and keeps between changes.
    private volatile Set<Member> viewed = Set.of();
    private volatile Runnable changed = () -> {};
    private volatile Runnable merged = () -> {};
    private volatile Runnable ended = () -> {};

    private record View(Set<String> ready, Set<String> present, Set<String> withdrawn) {}

    private ClusteredNodes(Vertx vertx, HazelcastInstance hazelcast, String self) {
        this.vertx = vertx;
        this.hazelcast = hazelcast;
        this.self = self;
        this.entered = hazelcast.getMap("sse.nodes");
        this.registrations = new Registrations(hazelcast, self);
        this.maps = HazelcastMaps.open(vertx, hazelcast);
        this.reader = vertx.createSharedWorkerExecutor("sse-nodes", 1);
    }

    static Future<Nodes> open(Vertx vertx, HazelcastInstance hazelcast, String self) {
        return vertx.executeBlocking(() -> {
            ClusteredNodes nodes = new ClusteredNodes(vertx, hazelcast, self);
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
                reader.executeBlocking(() -> {
                    merged.run();
                    return null;
                });
            } else if (event.getState() == LifecycleState.SHUTDOWN) {
                ended.run();
            }
        });
        entered.addEntryListener((EntryAddedListener<String, Boolean>) event -> readSoon(), false);
        entered.addEntryListener((EntryUpdatedListener<String, Boolean>) event -> readSoon(), false);
        entered.addEntryListener((EntryRemovedListener<String, Boolean>) event -> readSoon(), false);
        vertx.setPeriodic(READ_AGAIN_MILLIS, tick -> readAgain());
    }

    private void readSoon() {
        reader.executeBlocking(() -> {
            read();
            return null;
        });
    }

    /** One at a time, lest they pile up while Hazelcast does not answer. */
    private void readAgain() {
        if (!hazelcast.getLifecycleService().isRunning()) {
            // Out of memory, Hazelcast shuts itself down and tells no listener.
            ended.run();
            return;
        }
        if (readingAgain.compareAndSet(false, true)) {
            reader.executeBlocking(() -> {
                        read();
                        return null;
                    })
                    .onComplete(done -> readingAgain.set(false));
        }
    }

    private void forget(String gone) {
        reader.executeBlocking(() -> {
            // First without it, so that its shards move at once; then for all who come later.
            read();
            entered.delete(gone);
            return null;
        });
    }

    private void read() {
        if (shallBeReady && !Boolean.TRUE.equals(entered.get(self))) {
            // Who believed this node gone has removed it, as the other half of a split does: it is not.
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
        return reader.executeBlocking(() -> {
                    // Many ask at the same time.
                    if (!isUpToDate()) {
                        read();
                    }
                    return null;
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
        // Not by the reader: who is there must be known at once, whatever else has to be looked up.
        return vertx.executeBlocking(
                () -> {
                    registrations.stayConnectable();
                    return registrations.missing(addresses);
                },
                false);
    }

    @Override
    public Optional<SharedMaps> maps() {
        return Optional.of(maps);
    }

    @Override
    public Future<Void> enter() {
        return reader.executeBlocking(() -> {
            shallBeReady = true;
            read();
            return null;
        });
    }

    @Override
    public Future<Void> withdraw() {
        return reader.executeBlocking(() -> {
            shallBeReady = false;
            entered.set(self, false);
            read();
            return null;
        });
    }
}
