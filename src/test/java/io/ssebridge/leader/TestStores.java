package io.ssebridge.leader;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;

/** The stores of a leader, without limits that a test reaches. */
final class TestStores {
    private TestStores() {}

    static Stores of(Context context, ChannelRules rules, History history, SharedMaps maps, NodeClock clock) {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        return new Stores(
                history,
                new HistoryReader(history, rules, clock),
                new ChannelDirectory(maps.channels()),
                new IdempotencyKeys(maps),
                new RecentUids(new LoopThread(context), new DedupRoom(1 << 20, 1, meters), clock),
                new PublishBudget(1 << 20),
                new AppendMeters(meters, new ChannelMeters(rules, meters)));
    }
}
