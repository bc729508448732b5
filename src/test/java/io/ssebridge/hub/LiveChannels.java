package io.ssebridge.hub;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRoom;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.event.Profile;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.PersonalData;
import io.ssebridge.hook.LocalServices;
import io.ssebridge.hook.ServiceCalls;
import io.ssebridge.hook.ServiceClient;
import io.ssebridge.hook.SnapshotHook;
import io.ssebridge.meters.ChannelMeters;
import io.ssebridge.personal.PersonalAnswers;
import io.ssebridge.personal.PersonalServices;
import io.ssebridge.personal.Personalizer;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamLifetime;
import io.ssebridge.subscriber.StreamMeters;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.subscriber.Subscribers;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.ssebridge.testing.OnContext;
import io.ssebridge.testing.RecordingStream;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;

/** The real hubs and audiences of a node with one event loop, for tests that publish events and open streams. */
final class LiveChannels {
    /** Begins with the next event. */
    static final StartPoint LIVE = new StartPoint(Optional.empty(), OptionalInt.empty(), OptionalLong.empty());

    private final Context context;
    private final OnContext owner;
    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final ChannelRules rules;
    private final FaultyHistory history;
    private final HistoryReader reader;
    private final Map<ChannelName, Cursor> tails = new HashMap<>();
    private final Hubs hubs;
    private final LoopAudiences loop;
    private final StreamJoin joining;
    private final Subscribers subscribers;
    private final Map<Subscriber, StreamProgress> progress = new HashMap<>();
    private long uid;

    /** An open stream, and what it has got. */
    record Stream(Subscriber subscriber, RecordingStream out) {}

    /** Opens the channels of these rules, each with a first event that is gone before any stream comes. */
    LiveChannels(Vertx vertx, ChannelRules rules) {
        this(vertx, rules, node -> PersonalData.NONE);
    }

    /** Opens personalised channels, with an object that makes their data. */
    LiveChannels(Vertx vertx, ChannelRules rules, String address, Personalizer personalizer) {
        this(
                vertx,
                rules,
                node -> new PersonalAnswers(
                        new Owner(node.context),
                        rules,
                        new PersonalServices(vertx, Map.of(address, personalizer), 1 << 16),
                        node.clock,
                        node.meters));
    }

    /** The same, with services that give snapshots. */
    LiveChannels(Vertx vertx, ChannelRules rules, LocalServices services) {
        this(vertx, rules, node -> PersonalData.NONE, services);
    }

    LiveChannels(Vertx vertx, ChannelRules rules, Function<LiveChannels, PersonalData> personal) {
        this(vertx, rules, personal, LocalServices.NONE);
    }

    private LiveChannels(
            Vertx vertx, ChannelRules rules, Function<LiveChannels, PersonalData> personal, LocalServices services) {
        this.context = vertx.getOrCreateContext();
        this.owner = new OnContext(context);
        this.rules = rules;
        this.history = new FaultyHistory(rules);
        this.reader =
                new HistoryReader(history, rules, clock, channel -> Future.succeededFuture(true), personal.apply(this));
        this.hubs = new Hubs(
                new Owner(context),
                feed(),
                reader,
                StreamOptions.DEFAULT,
                new ChannelRoom(rules, 100),
                clock,
                meters,
                new ChannelMeters(rules, meters));
        StalledStreams stalled = new StalledStreams(context, new StalledBytes(1 << 20, meters));
        this.loop = new LoopAudiences(context, rules, reader, StreamOptions.DEFAULT, clock, stalled, meters);
        this.subscribers = owner.get(() -> new Subscribers(
                vertx, StreamOptions.DEFAULT, clock, new AtomicInteger(), stalled, new StreamMeters(meters)));
        SnapshotHook hook = new SnapshotHook(
                new ServiceCalls(context, 100), new ServiceClient(vertx), services, 1 << 16, clock, meters);
        NodeHubs node = new NodeHubs(List.of(hubs), channel -> hubs);
        this.joining = new StreamJoin(
                node,
                reader,
                loop,
                Snapshots.of(context, rules, node, loop, hook, StreamOptions.DEFAULT, clock),
                clock);
    }

    private Feed feed() {
        return new Feed() {
            @Override
            public Future<Cursor> attach(ChannelName channel) {
                return Future.succeededFuture(tail(channel));
            }

            @Override
            public void detach(ChannelName channel) {}
        };
    }

    private Cursor tail(ChannelName channel) {
        return tails.computeIfAbsent(channel, first -> new Cursor.Start(clock.millis()));
    }

    FakeClock clock() {
        return clock;
    }

    SimpleMeterRegistry meters() {
        return meters;
    }

    LoopAudiences loop() {
        return loop;
    }

    FaultyHistory history() {
        return history;
    }

    HistoryReader reader() {
        return reader;
    }

    Cursor tailOf(ChannelName channel) {
        return owner.get(() -> tail(channel));
    }

    /** The channels that have streams here. */
    List<ChannelName> liveHere() {
        return owner.get(() -> loop.channels() == 0 ? hubs.channels() : List.of(new ChannelName("audience")));
    }

    /** Runs a step on the event loop. */
    void run(Runnable step) {
        owner.run(step);
    }

    /** Appends an event and announces it. */
    void publish(ChannelName channel, Event event) {
        owner.run(() -> publishNow(channel, event));
        settle();
    }

    /** The same, on the event loop. */
    void publishNow(ChannelName channel, Event event) {
        Cursor from = tail(channel);
        if (!reader.keeps(channel)) {
            Frame frame = new EventFrame(++uid, uid - 1, 0, Frame.NO_TAG, clock.millis(), event);
            NumberedFrame numbered = new NumberedFrame(uid, frame);
            hubs.announced(channel, from, List.of(numbered), numbered.cursor());
            return;
        }
        History kept = history.kept();
        Histories.append(kept, channel, clock.millis(), event, ++uid);
        long last = kept.extent(channel).result().tail();
        NumberedFrame frame = kept.read(channel, last, 1).result().get(0);
        tails.put(channel, frame.cursor());
        // A history that was lost has no frames after the old tail.
        List<NumberedFrame> frames = new HistoryReader(kept, rules, clock)
                                .after(channel, from, frame.cursor(), 2)
                                .result()
                        instanceof Found.ReadFrames found
                ? found.frames()
                : List.of();
        Cursor before = frames.isEmpty() ? new Cursor.Start(clock.millis()) : from;
        hubs.announced(channel, before, frames, frame.cursor());
    }

    /** Opens a stream. */
    Stream open(StartPoint start, StreamForm form, ChannelName... channels) {
        Stream opened = owner.get(() -> openNow(start, form, channels));
        settle();
        return opened;
    }

    /** The same, on the event loop; it opens a little later. */
    @CanIgnoreReturnValue
    Stream openNow(StartPoint start, StreamForm form, ChannelName... channels) {
        RecordingStream out = new RecordingStream();
        Subscriber subscriber =
                new Subscriber(out, new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis());
        subscribers.add(subscriber, subscribers.admit(0).orElseThrow());
        Event opening = new Event("stream-open", "{}", null);
        var unused = joining.join(
                        subscriber, List.of(channels), start, Collections.nCopies(channels.length, form), opening)
                .onSuccess(begun -> begun.ifPresent(each -> progress.put(subscriber, each)));
        return new Stream(subscriber, out);
    }

    /** Gives the reader of a stream, which has begun, other properties in all its channels. */
    void readAs(Stream stream, Profile reader) {
        owner.run(() -> {
            StreamProgress begun = Objects.requireNonNull(progress.get(stream.subscriber()));
            begun.readAs(Collections.nCopies(begun.list().size(), reader));
        });
        settle();
    }

    /** Gives a seat to a stream that begins with the next event; returns its bookmarks. */
    Bookmarks bookmarks(StreamForm form, ChannelName channel) {
        Bookmarks bookmarks = owner.get(() -> {
            Subscriber subscriber = new Subscriber(
                    new RecordingStream(), new StreamLifetime(Long.MAX_VALUE, Long.MAX_VALUE), clock.elapsedMillis());
            List<Cursor> tails = List.of(tail(channel));
            Bookmarks made = new Bookmarks(List.of(channel), tails, reader::keeps);
            var unused = hubs.join(List.of(channel), loop)
                    .onSuccess(joined -> hubs.repeat(loop.seat(new StreamSeats(subscriber, made, form), tails), loop));
            return made;
        });
        settle();
        return bookmarks;
    }

    /** Begins after an id. */
    static StartPoint after(String id) {
        return new StartPoint(Optional.of(id), OptionalInt.empty(), OptionalLong.empty());
    }

    /** Begins with the newest events. */
    static StartPoint last(int count) {
        return new StartPoint(Optional.empty(), OptionalInt.of(count), OptionalLong.empty());
    }

    /** Begins with the oldest event. */
    static StartPoint oldest() {
        return new StartPoint(Optional.empty(), OptionalInt.empty(), OptionalLong.of(0));
    }

    /** All that a stream has got. */
    String text(Stream stream) {
        settle();
        return owner.get(() -> stream.out().text());
    }

    /** The data of the events that a stream has got, after stream-open. */
    List<String> data(Stream stream) {
        settle();
        List<String> all = owner.get(() -> List.copyOf(stream.out().data()));
        return all.subList(1, all.size());
    }

    /** The ids that a stream has got. */
    List<String> ids(Stream stream) {
        settle();
        return owner.get(() -> List.copyOf(stream.out().ids()));
    }

    /** Lets everything run that hops from step to step. */
    void settle() {
        IntStream.range(0, 20).forEach(i -> owner.run(() -> {}));
    }
}
