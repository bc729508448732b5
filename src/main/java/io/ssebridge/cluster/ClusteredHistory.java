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
import io.ssebridge.event.Frame;
import io.ssebridge.event.FrameCodec;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.History;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Histories as Hazelcast Ringbuffers: each frame stands in the memory of the member that owns the ring's partition and of
 * one more before an append is acknowledged.
 *
 * <p>A ring's capacity stands in its name, {@code sse.h.<capacity>.<hash>}, because Hazelcast takes the configuration of a
 * ring from its name, and members that know nothing of us have to keep rings too.
 */
public final class ClusteredHistory implements History {
    private static final String PREFIX = "sse.h.";
    private static final int HASH_BYTES = 16;
    private static final int MAX_READ = 1_000;

    private final Vertx vertx;
    private final HazelcastInstance hazelcast;
    private final NodeEngine engine;
    private final ChannelRules rules;
    // The proxies: the first look for one blocks, and a name takes a hash.
    private final ConcurrentMap<ChannelName, Future<Ringbuffer<byte[]>>> rings = new ConcurrentHashMap<>();
    // Whose ring has a name, for as long as its proxy is here.
    private final ConcurrentMap<String, ChannelName> channels = new ConcurrentHashMap<>();

    private ClusteredHistory(Vertx vertx, HazelcastInstance hazelcast, ChannelRules rules) {
        this.vertx = vertx;
        this.hazelcast = hazelcast;
        this.engine = ((HazelcastInstanceProxy) hazelcast).getOriginal().node.getNodeEngine();
        this.rules = rules;
    }

    /**
     * Tells all members how large rings are, before there are any.
     *
     * @param vertx clustered
     * @param hazelcast its cluster
     * @param rules say how many frames a channel keeps
     */
    static Future<ClusteredHistory> open(Vertx vertx, HazelcastInstance hazelcast, ChannelRules rules) {
        return vertx.executeBlocking(() -> {
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
            ClusteredHistory history = new ClusteredHistory(vertx, hazelcast, rules);
            hazelcast.addDistributedObjectListener(history.new Destroyed());
            return history;
        });
    }

    /** Lets go of what another member's leader has destroyed: a node may read ever new channels and lead none. */
    private final class Destroyed implements DistributedObjectListener {
        @Override
        public void distributedObjectCreated(DistributedObjectEvent event) {
            // Whoever wants it looks it up.
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

    /** Of how many channels it holds on to the ring's proxy. */
    int held() {
        return rings.size();
    }

    // All members hear of each proxy that one of them makes, and keep it until the ring is destroyed.
    @Override
    public boolean exists(ChannelName channel) {
        return engine.getProxyService().existsDistributedObject(RingbufferService.SERVICE_NAME, name(channel));
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return ring(channel)
                .compose(ring -> vertx.executeBlocking(
                        () -> {
                            long tail = ring.tailSequence();
                            return new Extent(ring.headSequence(), tail);
                        },
                        false));
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
    public Future<List<Numbered>> read(ChannelName channel, long from, int max) {
        // Hazelcast refuses to read more at once than the ring can hold, in the way in which it refuses what is beyond
        // it.
        int most = Math.min(Math.min(max, MAX_READ), rules.retention(channel).size());
        return ring(channel)
                .compose(ring -> future(ring.readManyAsync(from, 0, most, null)))
                .transform(read -> read.failed()
                        ? none(read.cause())
                        : Future.succeededFuture(read.result()).map(ClusteredHistory::frames));
    }

    // Beyond the tail: nothing yet, or the ring is not the one that the caller knew.
    private static Future<List<Numbered>> none(Throwable failure) {
        return failure instanceof IllegalArgumentException
                ? Future.succeededFuture(List.of())
                : Future.failedFuture(failure);
    }

    private static List<Numbered> frames(ReadResultSet<byte[]> items) {
        List<Numbered> frames = new ArrayList<>(items.size());
        for (int i = 0; i < items.size(); i++) {
            frames.add(new Numbered(items.getSequence(i), FrameCodec.decode(items.get(i))));
        }
        return List.copyOf(frames);
    }

    // By its name, without its proxy: looking for one that is not there would create the ring on all members.
    @Override
    public Future<Void> destroy(ChannelName channel) {
        String name = name(channel);
        return vertx.<Void>executeBlocking(
                        () -> {
                            engine.getProxyService()
                                    .destroyDistributedObject(
                                            RingbufferService.SERVICE_NAME,
                                            name,
                                            engine.getLocalMember().getUuid());
                            return null;
                        },
                        false)
                .onComplete(destroyed -> forget(name));
    }

    private Future<Ringbuffer<byte[]>> ring(ChannelName channel) {
        Future<Ringbuffer<byte[]>> known = rings.get(channel);
        if (known == null || known.failed()) {
            String name = name(channel);
            known = vertx.executeBlocking(() -> hazelcast.<byte[]>getRingbuffer(name), false)
                    .compose(ring -> checked(ring, channel));
            channels.put(name, channel);
            rings.put(channel, known);
        }
        return onCaller(known);
    }

    /** A future that many wait for belongs to the context of the first; each is answered on its own. */
    private <T> Future<T> onCaller(Future<T> shared) {
        if (shared.isComplete()) {
            return shared.succeeded() ? Future.succeededFuture(shared.result()) : Future.failedFuture(shared.cause());
        }
        Context caller = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        shared.onComplete(result -> caller.runOnContext(back -> promise.handle(result)));
        return promise.future();
    }

    // capacity() and, for rings without a ttl, remainingCapacity() are the opinion of this member. The owner has its
    // own: it keeps 10,000 frames if it did not get our configuration, or what a static configuration of its own says.
    private Future<Ringbuffer<byte[]>> checked(Ringbuffer<byte[]> ring, ChannelName channel) {
        int size = rules.retention(channel).size();
        return future(ownersCapacity(ring))
                .compose(owners -> owners == size
                        ? Future.succeededFuture(ring)
                        : Future.failedFuture(new IllegalStateException(
                                "%s: its owner keeps %d frames (expected: %d; does a static configuration of a member match its name?)"
                                        .formatted(ring.getName(), owners, size))));
    }

    private CompletionStage<Long> ownersCapacity(Ringbuffer<byte[]> ring) {
        Operation ask = new GenericOperation(ring.getName(), GenericOperation.OPERATION_REMAINING_CAPACITY);
        int partition = engine.getPartitionService().getPartitionId(engine.toData(ring.getName()));
        return engine.getOperationService().invokeOnPartition(RingbufferService.SERVICE_NAME, ask, partition);
    }

    private String name(ChannelName channel) {
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256").digest(channel.value().getBytes(StandardCharsets.UTF_8));
            return PREFIX + rules.retention(channel).size() + "."
                    + HexFormat.of().formatHex(hash, 0, HASH_BYTES);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Brings an answer of Hazelcast to the caller's context; its own threads are not to run our code. */
    private <T> Future<T> future(CompletionStage<T> stage) {
        Context context = vertx.getOrCreateContext();
        Promise<T> promise = Promise.promise();
        // Not whenComplete: on a machine with few cores Hazelcast would start a thread for each callback.
        stage.whenCompleteAsync(
                (answer, failure) -> {
                    if (failure == null) {
                        promise.complete(answer);
                    } else {
                        promise.fail(failure);
                    }
                },
                task -> context.runOnContext(onContext -> task.run()));
        return promise.future();
    }
}
