package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.History;
import io.ssebridge.leader.HistoryTail.End;
import io.ssebridge.leader.HistoryTail.Stretch;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Submission;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Appends a batch of events to the history of a channel, with retries, and finds the resulting cursors.
 *
 * <p>The view that this node has of the history may be wrong. Another node may have led for a moment, Hazelcast may
 * have repeated a call, or the history may have been lost. The sequence that an append returns shows this when it is
 * compared with the {@code base} in the frames:
 *
 * <ul>
 *   <li>base + 1: as expected.
 *   <li>Higher: other frames came in between, perhaps from this node. The part that readers will see is read again, and
 *     only that part counts.
 *   <li>Not higher than base: the history is a new one. A genesis frame and the same events are appended again.
 * </ul>
 *
 * <p><b>Owner:</b> the event loop of the channels. It keeps no state.
 */
final class BatchWriter {
    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);
    private static final long RETRY_MILLIS = 100;
    // Hazelcast waits 5 s for the backup, and then answers as if the backup had succeeded. If the owner was frozen or
    // cut off at that moment, only the owner has the frames, and the cluster continues without it. So an answer that
    // takes 4 s or longer does not count.
    private static final Duration CERTAIN = Duration.ofSeconds(4);

    private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(1);

    private final LoopThread owner;
    private final Vertx vertx;
    private final ChannelName name;
    private final History history;
    private final HistoryTail ends;
    private final NodeClock clock;

    /**
     * The part of the history that an append has added and that is acknowledged.
     *
     * @param stretch the batch, and all frames that others have appended since the expected end
     * @param seamless whether the batch certainly follows the expected end directly, and that end still exists
     */
    record WriteResult(Stretch stretch, boolean seamless) {}

    BatchWriter(LoopThread owner, Vertx vertx, ChannelName name, History history, HistoryTail ends, NodeClock clock) {
        this.owner = owner;
        this.vertx = vertx;
        this.name = name;
        this.history = history;
        this.ends = ends;
        this.clock = clock;
    }

    /**
     * Appends events.
     *
     * @param end the expected end of the history
     * @param deadlineMillis the time until which appends are retried, in milliseconds of the monotonic clock
     */
    Future<WriteResult> write(List<Submission> batch, End end, long deadlineMillis) {
        owner.assertHere();
        if (end.tail() instanceof Cursor.Start start) {
            return ends.begin()
                    .map(begun -> newHistory(batch, -1, Frame.NO_TAG, end.timeMillis(), start.timeMillis()))
                    .compose(frames -> append(batch, frames, deadlineMillis, true));
        }
        Cursor.At at = (Cursor.At) end.tail();
        List<Frame> frames = new ArrayList<>(batch.size());
        addEvents(frames, batch, at.sequence(), at.tag(), timeMillis(end.timeMillis()));
        return append(batch, frames, deadlineMillis, true);
    }

    /** Creates the frames of a new history: a genesis frame and the events. */
    private List<Frame> newHistory(
            List<Submission> batch, long base, int baseTag, long notBeforeMillis, long sinceMillis) {
        long timeMillis = timeMillis(notBeforeMillis);
        GenesisFrame genesis =
                new GenesisFrame(ThreadLocalRandom.current().nextLong(), base, baseTag, timeMillis, sinceMillis);
        List<Frame> frames = new ArrayList<>(batch.size() + 1);
        frames.add(genesis);
        addEvents(frames, batch, base, genesis.tag(), timeMillis);
        return frames;
    }

    private static void addEvents(
            List<Frame> frames, List<Submission> batch, long base, int tagBefore, long timeMillis) {
        int previousTag = tagBefore;
        for (Submission each : batch) {
            EventFrame frame = new EventFrame(each.uid(), base, frames.size(), previousTag, timeMillis, each.event());
            frames.add(frame);
            previousTag = frame.tag();
        }
    }

    // The clocks of two leaders differ a little. A larger difference means that the earlier clock was wrong or has been
    // set back. All new events would then get its time until this clock has reached it, and would expire together.
    private long timeMillis(long notBeforeMillis) {
        long nowMillis = clock.millis();
        return notBeforeMillis - nowMillis > CLOCKS_DIFFER.toMillis()
                ? nowMillis
                : Math.max(notBeforeMillis, nowMillis);
    }

    private Future<WriteResult> append(
            List<Submission> batch, List<Frame> frames, long deadlineMillis, boolean seamless) {
        long begunMillis = clock.elapsedMillis();
        return history.append(name, frames).transform(appended -> {
            boolean late = clock.elapsedMillis() - begunMillis >= CERTAIN.toMillis();
            if (appended.succeeded() && !late) {
                return compare(batch, frames, appended.result(), deadlineMillis, seamless);
            }
            // The frames may have been appended nevertheless. The same frames again do no harm, because readers skip
            // repeated frames.
            if (clock.elapsedMillis() < deadlineMillis) {
                return vertx.timer(RETRY_MILLIS).compose(again -> append(batch, frames, deadlineMillis, seamless));
            }
            return Future.failedFuture(
                    appended.failed() ? appended.cause() : new TimeoutException("the history answered too late"));
        });
    }

    private Future<WriteResult> compare(
            List<Submission> batch, List<Frame> frames, long first, long deadlineMillis, boolean seamless) {
        long base = frames.get(0).base();
        long last = first + frames.size() - 1;
        if (first == base + 1) {
            return Future.succeededFuture(new WriteResult(stretch(first, frames), seamless));
        }
        if (first > base) {
            // Some frames in between may have been evicted, so the nodes read the history themselves.
            return ends.between(base + 1, last).map(read -> new WriteResult(read, false));
        }
        LOG.warn("The history of channel {} was lost; a new one begins", name);
        Frame newest = frames.get(frames.size() - 1);
        List<Frame> again = newHistory(batch, last, newest.tag(), newest.timeMillis(), clock.millis());
        // Never seamless, not even for subscribers that have every event. The old history also held the uids that
        // detect repeated events. From now on an event may be delivered twice, and the affected subscribers must be
        // notified.
        return append(batch, again, deadlineMillis, false);
    }

    private static Stretch stretch(long first, List<Frame> frames) {
        int skipped = frames.get(0) instanceof GenesisFrame ? 1 : 0;
        List<NumberedFrame> events = new ArrayList<>(frames.size() - skipped);
        for (int i = skipped; i < frames.size(); i++) {
            events.add(new NumberedFrame(first + i, frames.get(i)));
        }
        return Stretch.of(events, events.get(events.size() - 1));
    }
}
