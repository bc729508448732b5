package io.ssebridge.hub;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.junit5.VertxExtension;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.extension.ExtendWith;

/** The hubs of a node and the audiences of one event loop, over a history that a test can hold up or break. */
@ExtendWith(VertxExtension.class)
abstract class HubFixture {
    static final ChannelName NEWS = new ChannelName("news");
    static final ChannelName SCORES = new ChannelName("scores");

    final Vertx vertx;
    final Context context;
    final OnContext owner;
    final FakeClock clock = new FakeClock();
    final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    final ChannelRules rules;
    final FaultyHistory history;
    final HistoryReader reader;
    final Hubs hubs;
    final LoopAudiences loop;
    final Map<ChannelName, Cursor> tails = new HashMap<>();
    final List<ChannelName> detached = new ArrayList<>();
    /** Completes when the leader answers the next request to attach a channel. */
    Promise<Void> attached = Promise.promise();

    HubFixture(Vertx vertx, ChannelRules rules) {
        this.vertx = vertx;
        context = vertx.getOrCreateContext();
        owner = new OnContext(context);
        this.rules = rules;
        history = new FaultyHistory(rules);
        reader = new HistoryReader(history, rules, clock);
        hubs = new Hubs(
                new Owner(context),
                new Leader(),
                reader,
                StreamOptions.DEFAULT,
                new ChannelRoom(rules, 100),
                clock,
                meters,
                new ChannelMeters(rules, meters));
        loop = new LoopAudiences(
                context,
                rules,
                reader,
                StreamOptions.DEFAULT,
                clock,
                new StalledStreams(context, new StalledBytes(1 << 20, meters)),
                meters);
        attached.complete();
    }

    private final class Leader implements Feed {
        @Override
        public Future<Cursor> attach(ChannelName channel) {
            return attached.future().map(done -> tail(channel));
        }

        @Override
        public void detach(ChannelName channel) {
            detached.add(channel);
        }
    }

    Cursor tail(ChannelName channel) {
        return Objects.requireNonNull(tails.get(channel));
    }

    /** Appends events without an announcement. */
    void append(ChannelName channel, long... uids) {
        owner.run(() -> appendNow(channel, uids));
    }

    private void appendNow(ChannelName channel, long... uids) {
        Histories.append(history.kept(), channel, clock.millis(), uids);
        long last = history.kept().extent(channel).result().tail();
        tails.put(channel, numbered(channel, last).cursor());
    }

    NumberedFrame numbered(ChannelName channel, long sequence) {
        return history.kept().read(channel, sequence, 1).result().get(0);
    }

    void announce(ChannelName channel, long... uids) {
        owner.run(() -> announcement(channel, uids).run());
        settle();
    }

    /** Appends events now, and returns their announcement. */
    Runnable announcement(ChannelName channel, long... uids) {
        Cursor from = tail(channel);
        appendNow(channel, uids);
        Cursor tail = tail(channel);
        List<NumberedFrame> frames = ((Found.ReadFrames) new HistoryReader(history.kept(), rules, clock)
                        .after(channel, from, tail, uids.length)
                        .result())
                .frames();
        return () -> hubs.announced(channel, from, frames, tail);
    }

    /** Announces the tail without events, as a leader repeats it. */
    void announceTail(ChannelName channel) {
        owner.run(() -> hubs.announced(channel, tail(channel), List.of(), tail(channel)));
        settle();
    }

    Promise<Void> holdNextRead() {
        Promise<Void> gate = Promise.promise();
        owner.run(() -> history.nextRead(read -> gate.future().compose(open -> read.get())));
        return gate;
    }

    RecordingStream subscribe(ChannelName... channels) {
        List<Cursor> joined = OnContext.await(owner.begin(() -> hubs.join(List.of(channels), loop)));
        return seat(List.of(channels), joined);
    }

    RecordingStream seat(List<ChannelName> channels, List<Cursor> cursors) {
        settle();
        RecordingStream out = new RecordingStream();
        owner.run(() -> seatNow(out, channels, cursors));
        settle();
        return out;
    }

    @CanIgnoreReturnValue
    Subscriber seatNow(RecordingStream out, List<ChannelName> channels, List<Cursor> cursors) {
        Subscriber subscriber = subscriber(out);
        Bookmarks bookmarks = new Bookmarks(channels, cursors, reader::keeps);
        hubs.repeat(loop.seat(new StreamSeats(subscriber, bookmarks, StreamForm.PLAIN), cursors), loop);
        return subscriber;
    }

    Subscriber subscriber(RecordingStream out) {
        return new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis());
    }

    /** Waits for the steps of the event loop that follow from the steps so far. */
    void settle() {
        owner.settle();
    }

    List<String> data(RecordingStream out) {
        settle();
        return owner.get(out::data);
    }

    List<String> ids(RecordingStream out) {
        settle();
        return owner.get(out::ids);
    }

    static List<String> texts(long first, long last) {
        return LongStream.rangeClosed(first, last).mapToObj(Long::toString).toList();
    }
}
