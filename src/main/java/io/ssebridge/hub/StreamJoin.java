package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventEncoder;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.CloseReason;
import io.ssebridge.subscriber.Subscriber;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Joins the streams of one event loop to their channels, and makes them leave again. The steps for a stream:
 *
 * <ol>
 *   <li>The hubs of the channels join the event loop. From now on all later events are offered to the loop.
 *   <li>The stream is registered to leave the hubs when it ends.
 *   <li>{@link StreamStart} finds the cursor on each channel where the stream begins.
 *   <li>The stream gets {@code stream-open} and the resets, and a seat in the audience of each channel.
 *   <li>If the audience of a channel is new on this event loop, its hub offers its cursor again. If an event arrived
 *       during the earlier steps, the audience notices the gap and reads it.
 *   <li>A channel that begins with a snapshot gets its seat later, with the {@linkplain Snapshots snapshot}.
 * </ol>
 *
 * <p>The client may disconnect between any two steps. A stream that has ended takes no further step.
 *
 * <p><b>Owner:</b> the event loop.
 */
public final class StreamJoin {
    private static final Event HEARTBEAT = new Event("stream-heartbeat", "{}", null);

    private final NodeHubs hubs;
    private final HistoryReader history;
    private final LoopAudiences audiences;
    private final NodeClock clock;
    private final @Nullable Snapshots snapshots;

    /**
     * Creates the joining for one event loop.
     *
     * @param hubs the live channels of the node
     * @param history finds where a stream begins
     * @param audiences the subscribers of the event loop
     * @param snapshots gives snapshots; null: no channel begins with one
     * @param clock the time
     */
    public StreamJoin(
            NodeHubs hubs,
            HistoryReader history,
            LoopAudiences audiences,
            @Nullable Snapshots snapshots,
            NodeClock clock) {
        this.hubs = hubs;
        this.history = history;
        this.audiences = audiences;
        this.snapshots = snapshots;
        this.clock = clock;
    }

    /**
     * Tells whether there is nothing to join: all channels have ended, and the client has their last events.
     *
     * @param channels the channels, without duplicates
     * @param start the point where the stream would begin
     */
    public Future<Boolean> isAfterEnd(List<ChannelName> channels, StartPoint start) {
        return StreamStart.isAfterEnd(history, channels, start);
    }

    /**
     * Joins a stream to its channels, until it ends.
     *
     * @param subscriber the stream
     * @param channels its channels, without duplicates
     * @param start the point where it begins
     * @param forms the form of its events, for each channel
     * @param opening its first event
     * @return completes with the progress of the stream when it has begun, or empty if it has ended before; fails if it
     *     could not begin. Then it is closed as unavailable, so that its client comes back
     */
    public Future<Optional<StreamProgress>> join(
            Subscriber subscriber,
            List<ChannelName> channels,
            StartPoint start,
            List<StreamForm> forms,
            Event opening) {
        if (!subscriber.isOpen()) {
            return Future.succeededFuture(Optional.empty());
        }
        return hubs.join(channels, audiences)
                .compose(tails -> begin(subscriber, channels, tails, start, forms, opening))
                .onFailure(failure -> subscriber.close(CloseReason.UNAVAILABLE));
    }

    private Future<Optional<StreamProgress>> begin(
            Subscriber subscriber,
            List<ChannelName> channels,
            List<Cursor> tails,
            StartPoint start,
            List<StreamForm> forms,
            Event opening) {
        // Runs at once if the stream has already ended.
        subscriber.onClose(() -> hubs.leave(channels, audiences));
        if (!subscriber.isOpen()) {
            return Future.succeededFuture(Optional.empty());
        }
        return StreamStart.find(
                        history,
                        audiences,
                        channels,
                        tails,
                        start,
                        forms,
                        channel -> snapshots != null && snapshots.has(channel))
                .map(found -> {
                    audiences.meters().opened(start);
                    return seat(subscriber, found, tails, forms, opening);
                });
    }

    private Optional<StreamProgress> seat(
            Subscriber subscriber, StreamStart start, List<Cursor> tails, List<StreamForm> forms, Event opening) {
        if (!subscriber.isOpen()) {
            return Optional.empty();
        }
        Bookmarks bookmarks = start.bookmarks();
        if (forms.get(0).heartbeats()) {
            subscriber.heartbeat(() -> heartbeat(bookmarks));
        }
        subscriber.begin(start.encode(opening), clock.elapsedMillis());
        start.countResets(audiences.meters());
        StreamSeats stream = new StreamSeats(subscriber, bookmarks, forms, snapshots);
        hubs.repeat(audiences.seat(stream, tails), audiences);
        if (snapshots != null) {
            snapshots.begin(stream, tails);
        }
        return Optional.of(new StreamProgress(stream, audiences, history, hubs));
    }

    /** Makes a heartbeat that moves the client's id on, past events that the stream does not get. */
    private static Buffer heartbeat(Bookmarks bookmarks) {
        return bookmarks.haveId() ? EventEncoder.encode(HEARTBEAT, bookmarks.id()) : EventEncoder.encode(HEARTBEAT);
    }
}
