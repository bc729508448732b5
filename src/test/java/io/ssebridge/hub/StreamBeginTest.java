package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.MemoryHistory;
import io.ssebridge.history.Replay;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.EventSink;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Events between the joining of a stream and its first frame, and a client that is ahead of this node. */
@ExtendWith(VertxExtension.class)
class StreamBeginTest {
    private static final ChannelName CHANNEL = new ChannelName("news");
    private static final long SECONDS = 10;

    private final ChannelRules rules = new ChannelRules(List.of(new ChannelRule(
            ChannelPattern.of("news"),
            null,
            null,
            Requirement.PUBLIC,
            Requirement.PUBLIC,
            Retention.DEFAULT,
            ChannelRule.DEFAULT_LINGER,
            0)));
    private final MemoryHistory store = new MemoryHistory(rules);
    private final HistoryReader history = new HistoryReader(store, rules, NodeClock.system());
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Context loop;
    private final Recorder written = new Recorder();
    private LoopAudiences audiences;
    private Hubs hubs;
    private Cursor tail = new Cursor.Start(0);

    StreamBeginTest(Vertx vertx) {
        loop = vertx.getOrCreateContext();
    }

    @BeforeEach
    void open() throws Exception {
        append(0, null);
        audiences = new LoopAudiences(
                loop,
                rules,
                history,
                StreamOptions.DEFAULT,
                NodeClock.system(),
                new StalledStreams(loop, new StalledBytes(1 << 20, meters)),
                meters);
        Feed feed = new Feed() {
            @Override
            public Future<Cursor> attach(ChannelName channel) {
                return Future.succeededFuture(tail);
            }

            @Override
            public void detach(ChannelName channel) {}
        };
        hubs = new Hubs(
                new Owner(loop),
                feed,
                history,
                StreamOptions.DEFAULT,
                new ChannelRoom(rules, 10),
                NodeClock.system(),
                meters,
                new ChannelMeters(rules, meters));
    }

    @Test
    void anEventBetweenJoiningAndTheFirstFrame_comesWithoutWaitingForTheNext() throws Exception {
        append(1, "one");
        List<Cursor> tails = onLoop(() -> hubs.join(List.of(CHANNEL), audiences));
        announce(append(2, "two"));
        onLoop(() -> seat(tails.get(0), tails));
        assertThat(written.next()).contains("data: two");
    }

    @Test
    void aClientThatIsAheadOfThisNode_goesOnWithoutAReset() throws Exception {
        append(1, "one");
        List<Cursor> tails = onLoop(() -> hubs.join(List.of(CHANNEL), audiences));
        NumberedFrame two = append(2, "two");
        Replay replay = await(history.resume(CHANNEL, two.cursor(), tails.get(0)));
        assertThat(replay).isEqualTo(Replay.from(two.cursor()));
        onLoop(() -> seat(replay.cursor(), tails));
        announce(two);
        announce(append(3, "three"));
        assertThat(written.next()).contains("data: three").doesNotContain("stream-reset", "data: two");
    }

    @Test
    void aClientThatIsAheadOfTheHistory_isReset() throws Exception {
        append(1, "one");
        Replay replay = await(history.resume(CHANNEL, new Cursor.At(7, 7), tail));
        assertThat(replay.reset()).contains(Replay.Reason.LOST);
    }

    @CanIgnoreReturnValue
    private NumberedFrame append(long sequence, @Nullable String data) throws Exception {
        int previous = tail instanceof Cursor.At at ? at.tag() : Frame.NO_TAG;
        long nowMillis = System.currentTimeMillis();
        Frame frame = data == null
                ? new GenesisFrame(1_000 + sequence, sequence - 1, previous, nowMillis, 0)
                : new EventFrame(1_000 + sequence, sequence - 1, 0, previous, nowMillis, new Event(null, data, null));
        assertThat(await(store.append(CHANNEL, List.of(frame)))).isEqualTo(sequence);
        NumberedFrame numbered = new NumberedFrame(sequence, frame);
        tail = numbered.cursor();
        return numbered;
    }

    private void announce(NumberedFrame event) throws Exception {
        Cursor before = new Cursor.At(event.sequence() - 1, event.frame().previousTag());
        onLoop(() -> {
            hubs.announced(CHANNEL, before, List.of(event), event.cursor());
            return Future.succeededFuture();
        });
        // The hub hands it to the loop in another turn.
        onLoop(Future::succeededFuture);
    }

    private Future<Void> seat(Cursor cursor, List<Cursor> tails) {
        Subscriber subscriber = new Subscriber(written, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), 0);
        Bookmarks bookmarks = new Bookmarks(List.of(CHANNEL), List.of(cursor), kept -> true);
        hubs.repeat(audiences.seat(new StreamSeats(subscriber, bookmarks, StreamForm.PLAIN), tails), audiences);
        return Future.succeededFuture();
    }

    @CanIgnoreReturnValue
    private <T> T onLoop(Supplier<Future<T>> step) throws Exception {
        return await(new Owner(loop).call(step));
    }

    private static <T> T await(Future<T> future) throws ExecutionException, InterruptedException, TimeoutException {
        return future.toCompletionStage().toCompletableFuture().get(SECONDS, TimeUnit.SECONDS);
    }

    /** A client that takes everything. */
    private static final class Recorder implements EventSink {
        private final LinkedBlockingQueue<String> writes = new LinkedBlockingQueue<>();

        String next() throws InterruptedException {
            String write = writes.poll(SECONDS, TimeUnit.SECONDS);
            return write == null ? "nothing" : write;
        }

        @Override
        public void write(EncodedBatch batch) {
            writes.add(batch.toBuffer().toString());
        }

        @Override
        public boolean isWritable() {
            return true;
        }

        @Override
        public void onWritable(Runnable handler) {}

        @Override
        public void onClose(Runnable handler) {}

        @Override
        public void end() {}

        @Override
        public void abort() {}
    }
}
