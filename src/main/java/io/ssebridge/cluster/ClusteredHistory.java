package io.ssebridge.cluster;

import com.hazelcast.config.RingbufferConfig;
import com.hazelcast.core.DistributedObjectEvent;
import com.hazelcast.core.DistributedObjectListener;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.instance.impl.HazelcastInstanceProxy;
import com.hazelcast.ringbuffer.OverflowPolicy;
import com.hazelcast.ringbuffer.ReadResultSet;
import com.hazelcast.ringbuffer.Ringbuffer;
import com.hazelcast.ringbuffer.impl.RingbufferService;
import com.hazelcast.ringbuffer.impl.operations.GenericOperation;
import com.hazelcast.spi.impl.NodeEngine;
import com.hazelcast.spi.impl.operationservice.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Retention;
import io.ssebridge.encoding.Sha256;
import io.ssebridge.event.Frame;
import io.ssebridge.event.FrameCodec;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.History;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executors;

/**
 * Histories as Hazelcast Ringbuffers. An append is acknowledged when each frame is in the memory of two members: the
 * owner of the ring's partition and one backup.
 *
 * <p>The capacity of a ring is part of its name, {@code sse.h.<capacity>.<hash>}. Hazelcast finds the configuration of
 * a ring by its name, and members that are not nodes of the bridge must store rings too.
 */
public final class ClusteredHistory implements History {
    private static final String PREFIX = "sse.h.";
    private static final int HASH_BYTES = 16;
    private static final int MAX_READ = 1_000;

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
    private final NodeEngine engine;
    private final ChannelRules rules;
    // The proxies of the rings. They are cached, because the first look-up of a proxy blocks and its name needs a hash.
    private final ConcurrentMap<ChannelName, Future<Ringbuffer<byte[]>>> rings = new ConcurrentHashMap<>();
    // The channel of each ring name, for as long as the proxy is cached.
    private final ConcurrentMap<String, ChannelName> channels = new ConcurrentHashMap<>();

    private ClusteredHistory(Vertx vertx, HazelcastInstance hazelcast, ChannelRules rules) {
        this.vertx = vertx;
        this.hazelcast = hazelcast;
        this.engine = ((HazelcastInstanceProxy) hazelcast).getOriginal().node.getNodeEngine();
        this.rules = rules;
    }

    /**
     * Sends the capacities of the rings to all members, before any ring exists.
     *
     * @param vertx the clustered Vert.x
     * @param hazelcast the Hazelcast of that Vert.x
     * @param rules the rules, which contain the number of frames that a channel retains
     */
    static Future<ClusteredHistory> open(Vertx vertx, HazelcastInstance hazelcast, ChannelRules rules) {
        return Blocking.call(vertx, () -> {
            tellCapacities(hazelcast, rules);
            ClusteredHistory history = new ClusteredHistory(vertx, hazelcast, rules);
            hazelcast.addDistributedObjectListener(history.new Destroyed());
            return history;
        });
    }

    /** Sends the capacities of the rings of other rules to all members. */
    Future<Void> prepare(ChannelRules others) {
        return Blocking.call(vertx, Executors.callable(() -> tellCapacities(hazelcast, others)))
                .mapEmpty();
    }

    private static void tellCapacities(HazelcastInstance hazelcast, ChannelRules rules) {
        rules.all().stream()
                .map(ChannelRule::history)
                .filter(history -> !history.isNone())
                .mapToInt(Retention::size)
                .distinct()
                .forEach(size -> hazelcast
                        .getConfig()
                        .addRingBufferConfig(new RingbufferConfig(PREFIX + size + ".*")
                                .setCapacity(size)
                                .setBackupCount(1)
                                .setTimeToLiveSeconds(0)));
    }

    /**
     * Removes cached proxies of rings that another member's leader has destroyed. Otherwise a node that reads many
     * channels and leads none would cache proxies without limit.
     */
    private final class Destroyed implements DistributedObjectListener {
        @Override
        public void distributedObjectCreated(DistributedObjectEvent event) {
            // A proxy is looked up when it is needed.
        }

        @Override
        public void distributedObjectDestroyed(DistributedObjectEvent event) {
            if (event.getObjectName() instanceof String name) {
                forget(name);
            }
        }
    }

    private void forget(String name) {
        ChannelName channel = channels.remove(name);
        if (channel != null) {
            rings.remove(channel);
        }
    }

    /** Returns the number of channels with a cached proxy. */
    int held() {
        return rings.size();
    }

    // All members are notified of each new proxy, and keep it until the ring is destroyed. So a local look-up is
    // enough.
    @Override
    public boolean exists(ChannelName channel) {
        return engine.getProxyService().existsDistributedObject(RingbufferService.SERVICE_NAME, name(channel));
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return ring(channel)
                .compose(ring -> ask(ring, GenericOperation.OPERATION_TAIL)
                        .compose(tail ->
                                ask(ring, GenericOperation.OPERATION_HEAD).map(head -> new Extent(head, tail))));
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        List<byte[]> items = new ArrayList<>(frames.size());
        frames.forEach(frame -> items.add(FrameCodec.encode(frame)));
        return ring(channel)
                .compose(ring -> future(ring.addAllAsync(items, OverflowPolicy.OVERWRITE)))
                .map(last -> last - frames.size() + 1);
    }

    @Override
    public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
        // Hazelcast refuses to read more items at once than the ring can hold. It throws the same exception as for a
        // sequence after the tail.
        int most = Math.min(Math.min(max, MAX_READ), rules.retention(channel).size());
        return ring(channel)
                .compose(ring -> future(ring.readManyAsync(from, 0, most, null)))
                .transform(read -> read.failed()
                        ? none(read.cause())
                        : Future.succeededFuture(read.result()).map(ClusteredHistory::frames));
    }

    // A sequence after the tail means that there is no such event yet, or that the ring has been replaced.
    private static Future<List<NumberedFrame>> none(Throwable failure) {
        return failure instanceof IllegalArgumentException
                ? Future.succeededFuture(List.of())
                : Future.failedFuture(failure);
    }

    private static List<NumberedFrame> frames(ReadResultSet<byte[]> items) {
        List<NumberedFrame> frames = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            frames.add(new NumberedFrame(items.getSequence(i), FrameCodec.decode(items.get(i))));
        }
        return List.copyOf(frames);
    }

    // Destroys a ring by its name, without a proxy: creating a proxy would create a missing ring on all members.
    @Override
    public Future<Void> destroy(ChannelName channel) {
        String name = name(channel);
        return Blocking.call(
                        vertx,
                        Executors.callable(() -> engine.getProxyService()
                                .destroyDistributedObject(
                                        RingbufferService.SERVICE_NAME,
                                        name,
                                        engine.getLocalMember().getUuid())))
                .<Void>mapEmpty()
                .onComplete(destroyed -> forget(name));
    }

    private Future<Ringbuffer<byte[]>> ring(ChannelName channel) {
        Future<Ringbuffer<byte[]>> known = rings.get(channel);
        if (known == null || known.failed()) {
            String name = name(channel);
            known = Blocking.call(vertx, () -> hazelcast.<byte[]>getRingbuffer(name))
                    .compose(ring -> checked(ring, channel));
            channels.put(name, channel);
            rings.put(channel, known);
        }
        return onCaller(known);
    }

    /**
     * Returns a future that completes on the context of the caller. The shared future belongs to the context of the
     * first caller.
     */
    private <T> Future<T> onCaller(Future<T> shared) {
        if (shared.isComplete()) {
            return shared.succeeded() ? Future.succeededFuture(shared.result()) : Future.failedFuture(shared.cause());
        }
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        shared.onComplete(result -> caller.runOnContext(back -> promise.handle(result)));
        return promise.future();
    }

    // capacity() and, for rings without a ttl, remainingCapacity() return the configuration of this member. The owner
    // may have another one: 10,000 frames if it did not get our configuration, or the value of its own static
    // configuration. So the owner is asked.
    private Future<Ringbuffer<byte[]>> checked(Ringbuffer<byte[]> ring, ChannelName channel) {
        int size = rules.retention(channel).size();
        return ask(ring, GenericOperation.OPERATION_REMAINING_CAPACITY)
                .compose(owners -> owners == size
                        ? Future.succeededFuture(ring)
                        : Future.failedFuture(new IllegalStateException(
                                "%s: its owner keeps %d frames (expected: %d; does a static configuration of a member match its name?)"
                                        .formatted(ring.getName(), owners, size))));
    }

    /** Asks the owner of a ring. The methods of the proxy would block a worker until a frozen owner answers. */
    private Future<Long> ask(Ringbuffer<byte[]> ring, byte question) {
        Operation ask = new GenericOperation(ring.getName(), question);
        int partition = engine.getPartitionService().getPartitionId(engine.toData(ring.getName()));
        return future(engine.getOperationService().invokeOnPartition(RingbufferService.SERVICE_NAME, ask, partition));
    }

    private String name(ChannelName channel) {
        return PREFIX + rules.retention(channel).size() + "."
                + HexFormat.of().formatHex(Sha256.hash(channel.value()), 0, HASH_BYTES);
    }

    private <T> Future<T> future(CompletionStage<T> stage) {
        return Stages.onContext(vertx, stage);
    }
}
