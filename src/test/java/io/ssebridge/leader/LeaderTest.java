package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.leader.LedChannels.Need;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.membership.Shards;
import io.ssebridge.membership.SharedMaps;
import io.ssebridge.membership.SoleNode;
import io.ssebridge.membership.SplitBrainGuard;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(VertxExtension.class)
@Timeout(60)
class LeaderTest {
    private static final ChannelName NEWS = new ChannelName("news");

    private final Vertx vertx;
    private final Context context;
    private final OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final ChannelRules rules = Histories.rules(64, Duration.ofMinutes(10));
    private final SoleNode nodes = new SoleNode();
    private final BlockingQueue<Announcement> announced = new LinkedBlockingQueue<>();
    private final Leader leader;

    LeaderTest(Vertx vertx) {
        this.vertx = vertx;
        context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        leader = leader();
    }

    private Leader leader() {
        Stores stores = TestStores.of(context, rules, new MemoryHistory(rules), SharedMaps.local(clock), clock);
        SplitBrainGuard guard = new SplitBrainGuard(nodes, System::nanoTime);
        return new Leader(
                vertx,
                context,
                nodes,
                rules,
                stores,
                guard,
                new RecordedAddresses(),
                clock,
                LeaderLimits.of(rules, 10, 1 << 30, 1, new SimpleMeterRegistry()),
                announced::add);
    }

    @Test
    void aShardThatIsTakenAndReleased_isLedInBetween() throws InterruptedException {
        int shard = Shards.of(NEWS);
        assertThat(refusal(append(1))).isEqualTo(Refusals.MISDIRECTED);

        owner.call(() -> leader.duties().take(shard));
        assertThat(owner.call(() -> leader.attach(NEWS, nodes.self()))).isInstanceOf(Cursor.Start.class);
        List<AppendReceipt> receipts = owner.call(() -> leader.append(NEWS, submission(1)));

        Cursor.At cursor = receipts.get(0).cursor();
        assertThat(owner.call(() -> leader.tail(NEWS))).isEqualTo(cursor);
        Announcement announcement = announced.poll(10, TimeUnit.SECONDS);
        assertThat(announcement).isNotNull();
        assertThat(announcement.tail()).isEqualTo(cursor);

        owner.call(() -> leader.duties().release(shard));
        assertThat(refusal(append(2))).isEqualTo(Refusals.MISDIRECTED);
    }

    @Test
    void aCallOnAnotherThread_failsWithAnAssertion() {
        // From now on the thread of the event loop is known.
        owner.run(() -> {});
        LoopThread thread = owner.get(() -> new LoopThread(context));
        owner.run(() -> {});
        LeaderRoom room =
                new LeaderRoom(thread, context, LeaderLimits.of(rules, 10, 1 << 30, 1, new SimpleMeterRegistry()));
        LedChannels channels = new LedChannels(
                thread,
                rules,
                (name, rule) -> {
                    throw new IllegalStateException("not opened");
                },
                new RecordedAddresses(),
                room,
                new HistoryRoom(1 << 30, 1, new SimpleMeterRegistry()),
                clock);
        Attachments attachments = new Attachments(thread, channels, room, clock);
        AnnouncementDispatcher sender =
                new AnnouncementDispatcher(thread, vertx, nodes, new UnsentBytes(), announced::add);
        Announcement announcement = new Announcement(NEWS, new Cursor.Start(0), List.of(), new Cursor.Start(0));
        Announcer announcer = new Announcer(thread, NEWS, (nodes, what) -> {});
        RecentUids uids = new RecentUids(thread, new DedupRoom(1 << 20, 1, new SimpleMeterRegistry()), clock);
        MemoryHistory history = new MemoryHistory(rules);
        HistoryTail ends = new HistoryTail(
                thread,
                NEWS,
                history,
                new HistoryReader(history, rules, clock),
                new ChannelDirectory(SharedMaps.local(clock).channels()),
                clock);
        BatchWriter writer = new BatchWriter(thread, vertx, NEWS, history, ends, clock);
        for (ThrowingCallable call : List.<ThrowingCallable>of(
                leader::sweep,
                leader::doubtHistories,
                leader::nodesChanged,
                () -> leader.append(NEWS, submission(1)),
                () -> leader.attach(NEWS, "node"),
                () -> leader.detach(NEWS, "node"),
                () -> leader.tail(NEWS),
                () -> leader.duties().take(0),
                () -> leader.duties().release(0),
                () -> leader.duties().enterAgain(),
                () -> leader.duties().overtaken(0),
                () -> leader.leads(0),
                uids::newTerm,
                uids::sweep,
                () -> uids.find(0, 1, false),
                ends::enter,
                () -> ends.find(new Cursor.Start(0)),
                () -> writer.write(submission(1), new HistoryTail.End(new Cursor.Start(0), 0), 0),
                announcer::attached,
                () -> announcer.announceTail(new Cursor.Start(0)),
                () -> announcer.repeat(new Cursor.Start(0), 0),
                channels::all,
                () -> channels.opened(NEWS, Need.PUBLISH),
                () -> attachments.retain(Set.of()),
                () -> room.takeSilent(NEWS),
                () -> room.hasSilentRoom(NEWS),
                () -> channels.makeSilentRoom(rules.all().get(0), NEWS),
                () -> sender.send(Set.of(), announcement))) {
            assertThatThrownBy(call).isInstanceOf(AssertionError.class);
        }
    }

    private Future<List<AppendReceipt>> append(long uid) {
        return owner.get(() -> leader.append(NEWS, submission(uid)));
    }

    private static int refusal(Future<?> refused) {
        return ((ReplyException) refused.cause()).failureCode();
    }

    private static List<Submission> submission(long uid) {
        return List.of(new Submission(uid, uid, false, new Event(null, "text", null)));
    }
}
