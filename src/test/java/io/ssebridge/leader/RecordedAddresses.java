package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.vertx.core.Future;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntPredicate;

/** Addresses that receive nothing. It records the channels that have one. Any thread. */
final class RecordedAddresses implements ChannelAddresses {
    private final Set<ChannelName> open = ConcurrentHashMap.newKeySet();
    private volatile Future<Void> answered = Future.succeededFuture();

    /** Returns the channels with an open address. */
    Set<ChannelName> open() {
        return Set.copyOf(open);
    }

    /** From now on, the messages that have come are answered when a future completes. */
    void answerWhen(Future<Void> done) {
        answered = done;
    }

    @Override
    public Future<Void> open(ChannelRule rule, ChannelName channel) {
        open.add(channel);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> close(ChannelRule rule, ChannelName channel) {
        open.remove(channel);
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> openShared(int shard) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> closeShared(int shard) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> sharedChanged(IntPredicate isLed) {
        return Future.succeededFuture();
    }

    @Override
    public Future<Void> answered(int shard) {
        return answered;
    }
}
