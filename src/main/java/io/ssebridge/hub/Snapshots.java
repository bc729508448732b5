package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.InitialSnapshot;
import io.ssebridge.channel.RuleHooks;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.event.Profile;
import io.ssebridge.hook.Snapshot;
import io.ssebridge.hook.SnapshotHook;
import io.ssebridge.subscriber.CloseReason;
import io.ssebridge.subscriber.NoDirectMemoryException;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives streams the state of a channel as the first events of that channel, without a gap or an overlap:
 *
 * <ol>
 *   <li>The stream has joined the channel, so all events after the cursor T of its hub will be offered to this event loop.
 *   <li>Only then the service is asked. So its answer contains the changes of all events up to T.
 *   <li>The stream gets the answer. Its last event has the id of T.
 *   <li>Only then the stream gets a seat, at T: the events after T follow, also those that were published meanwhile. The
 *       newest events of the audience or the history have them.
 * </ol>
 *
 * <p>Until then the channel is not in the ids of the stream. If the connection breaks before, the next stream of the client
 * gets a snapshot. The other channels of the stream do not wait.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class Snapshots {
    private final Owner owner;
    private final ChannelRules rules;
    private final NodeHubs hubs;
    private final LoopAudiences audiences;
    private final SnapshotHook hook;
    private final StreamOptions streams;
    private final NodeClock clock;

    /** A channel of a stream until the stream gets its snapshot. */
    private final class AwaitedSnapshot implements StreamSeats.Place {
        private final StreamSeats stream;
        private final int channel;
        private final Cursor tail;
        private final @Nullable EncodedEvent reset;
        private @Nullable AsyncResult<Snapshot> answer;
        private boolean left;

        private AwaitedSnapshot(StreamSeats stream, int channel, Cursor tail, @Nullable EncodedEvent reset) {
            this.stream = stream;
            this.channel = channel;
            this.tail = tail;
            this.reset = reset;
        }

        private void answered(AsyncResult<Snapshot> done) {
            answer = done;
            flush();
        }

        @Override
        public void flush() {
            AsyncResult<Snapshot> done = answer;
            if (done != null && !left && stream.subscriber().isWritable()) {
                stream.leave(channel);
                give(stream, channel, reset, done);
            }
        }

        @Override
        public void leave() {
            left = true;
        }

        /** Asks again: the answer may depend on the properties. */
        @Override
        public boolean readerChanged() {
            stream.leave(channel);
            await(stream, channel, tail, reset);
            return false;
        }
    }

    private Snapshots(
            Context context,
            ChannelRules rules,
            NodeHubs hubs,
            LoopAudiences audiences,
            SnapshotHook hook,
            StreamOptions streams,
            NodeClock clock) {
        this.owner = new Owner(context);
        this.rules = rules;
        this.hubs = hubs;
        this.audiences = audiences;
        this.hook = hook;
        this.streams = streams;
        this.clock = clock;
    }

    /**
     * Creates the snapshots of an event loop.
     *
     * @param context the event loop
     * @param rules name the services
     * @param hubs the live channels of the node
     * @param audiences the subscribers of the event loop
     * @param hook asks the services
     * @param streams bounds of the reconnection times that services may set
     * @param clock the time
     * @return null if no rule names such a service
     */
    public static @Nullable Snapshots of(
            Context context,
            ChannelRules rules,
            NodeHubs hubs,
            LoopAudiences audiences,
            SnapshotHook hook,
            StreamOptions streams,
            NodeClock clock) {
        return rules.all().stream().anyMatch(rule -> rule.hooks().initial() != null)
                ? new Snapshots(context, rules, hubs, audiences, hook, streams, clock)
                : null;
    }

    /** Tells whether a channel begins with a snapshot. */
    boolean has(ChannelName channel) {
        return rule(channel).isPresent();
    }

    private Optional<InitialSnapshot> rule(ChannelName channel) {
        return rules.find(channel).map(ChannelRule::hooks).map(RuleHooks::initial);
    }

    /**
     * Asks for the snapshots of the channels that a stream begins with one.
     *
     * @param stream a stream that has begun
     * @param tails for each channel the cursor of its hub when the channel was joined
     */
    void begin(StreamSeats stream, List<Cursor> tails) {
        owner.assertHere();
        for (int i = 0; i < tails.size(); i++) {
            if (stream.bookmarks().isWithheld(i) && stream.subscriber().isOpen()) {
                await(stream, i, tails.get(i), null);
            }
        }
    }

    /**
     * Begins a channel of a stream again, because events are missing. It does so in a task of its own.
     *
     * @param reset the notice for the client
     * @param newest the cursor of the newest event here
     */
    void restart(StreamSeats stream, int channel, EncodedEvent reset, Cursor newest) {
        owner.run(() -> {
            if (!stream.subscriber().isOpen()) {
                return;
            }
            stream.leave(channel);
            stream.bookmarks().withhold(channel);
            stream.bookmarks().move(channel, reset.cursor());
            await(stream, channel, newest, reset);
        });
    }

    private void await(StreamSeats stream, int channel, Cursor tail, @Nullable EncodedEvent reset) {
        AwaitedSnapshot place = new AwaitedSnapshot(stream, channel, tail, reset);
        stream.take(channel, place);
        Profile reader = Objects.requireNonNull(stream.form(channel).filter().profile());
        InitialSnapshot initial = rule(stream.channel(channel)).orElseThrow();
        hook.ask(initial.service(), stream.channel(channel), reader, tail).onComplete(place::answered);
    }

    private void give(StreamSeats stream, int channel, @Nullable EncodedEvent reset, AsyncResult<Snapshot> answer) {
        boolean refuses = rule(stream.channel(channel)).orElseThrow().onFailure() == InitialSnapshot.OnFailure.REFUSE;
        if (answer.failed() && refuses) {
            stream.subscriber().close(CloseReason.UNAVAILABLE);
            return;
        }
        Buffer frames = frames(stream, channel, reset, answer.succeeded() ? answer.result() : null);
        try {
            if (frames.length() > 0) {
                stream.subscriber().write(frames, clock.elapsedMillis());
            }
        } catch (NoDirectMemoryException e) {
            // The client has no id of this channel yet: it comes back, and gets its snapshot.
            stream.subscriber().cut();
        }
        if (stream.subscriber().isOpen()
                && audiences.seatLater(stream, channel, stream.bookmarks().at(channel))) {
            hubs.repeat(List.of(stream.channel(channel)), audiences);
        }
    }

    /** Encodes the snapshot, and moves the stream to its cursor; without a snapshot the stream stays at its own. */
    private Buffer frames(StreamSeats stream, int channel, @Nullable EncodedEvent reset, @Nullable Snapshot snapshot) {
        Bookmarks bookmarks = stream.bookmarks();
        List<Event> events = snapshot == null
                ? List.of()
                : snapshot.events().stream()
                        .filter(event -> stream.form(channel).filter().wants(event.type()))
                        .toList();
        Cursor at = snapshot == null ? bookmarks.at(channel) : snapshot.at();
        if (events.isEmpty()) {
            bookmarks.release(channel, at);
        }
        Buffer frames = Buffer.buffer();
        if (reset != null) {
            frames.appendBuffer(reset.body())
                    .appendBuffer(bookmarks.haveId() ? EventEncoder.end(bookmarks.id()) : Buffer.buffer("\n"));
        }
        for (int i = 0; i < events.size(); i++) {
            Event event = form(stream, channel, events.get(i), at, i);
            if (i == events.size() - 1) {
                // Only the last event has an id: a client that has read a part of the snapshot must get all of it
                // again.
                bookmarks.release(channel, at);
                frames.appendBuffer(EventEncoder.encode(event, bookmarks.id()));
            } else {
                frames.appendBuffer(EventEncoder.encode(event));
            }
        }
        return frames;
    }

    private Event form(StreamSeats stream, int channel, Event event, Cursor at, int index) {
        // A reconnection time would also apply to the other channels.
        Event bounded = stream.bookmarks().isSingle() ? streams.bounded(event) : event.withRetry(null);
        return stream.form(channel).envelope() == Envelope.NONE
                ? bounded
                : Event.publishedJson(
                        bounded.name(),
                        CloudEvent.snapshotJson(stream.channel(channel), bounded, at, index, clock.millis()),
                        bounded.retry());
    }
}
