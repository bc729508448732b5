package io.ssebridge.bus;

import io.ssebridge.bus.HistoryEnd.End;
import io.ssebridge.bus.HistoryEnd.Stretch;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.History;
import io.ssebridge.time.NodeClock;
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
 * Brings a batch of events into a channel's history, as often as it must be tried, and finds out where they are then.
 *
 * <p>Its node may be wrong about the history: another may have led for a moment, Hazelcast may have repeated a call on its
 * own, the history may have been lost. The sequence that an append returns tells, compared with the {@code base} that the
 * frames carry:
 *
 * <ul>
 *   <li>base + 1: as expected.
 *   <li>Higher: somebody, perhaps ourselves, was in between. What the readers will see is read back, and only that counts.
 *   <li>Not higher than base: the history has begun anew. A genesis frame and the same events are appended once more.
 * </ul>
 *
 * <p><b>Owner:</b> the node's own context; it remembers nothing.
 */
final class BatchWriter {
    private static final Logger LOG = LoggerFactory.getLogger(BatchWriter.class);
    private static final long RETRY_MILLIS = 100;
    // Hazelcast waits 5 s for the backup, and then answers as if there were one. Where the owner was frozen or cut off
    // right then, it alone has the frames, and the cluster goes on without it.
    private static final Duration CERTAIN = Duration.ofSeconds(4);

    private static final Duration CLOCKS_DIFFER = Duration.ofSeconds(1);

    private final Vertx vertx;
    private final ChannelName name;
    private final History history;
    private final HistoryEnd ends;
    private final NodeClock clock;

    /**
     * What the history has acknowledged.
     *
     * @param stretch the batch, and whatever others have appended since the end that it was meant for
     * @param seamless whether it is certain that there is nothing else since then, nor that end gone
     */
    record Written(Stretch stretch, boolean seamless) {}

    BatchWriter(Vertx vertx, ChannelName name, History history, HistoryEnd ends, NodeClock clock) {
        this.vertx = vertx;
        this.name = name;
        this.history = history;
        this.ends = ends;
        this.clock = clock;
    }

    /**
     * Appends events.
     *
     * @param end where the history is believed to end
     * @param deadline until when it is tried, in milliseconds of the monotonic clock
     */
    Future<Written> write(List<Submission> batch, End end, long deadline) {
        if (end.tail() instanceof Cursor.Start start) {
            return ends.begin()
                    .compose(begun ->
                            append(batch, frames(batch, -1, Frame.NO_TAG, end.time(), start.time()), deadline, true));
        }
        Cursor.At at = (Cursor.At) end.tail();
        return append(batch, frames(batch, at.sequence(), at.tag(), end.time(), -1), deadline, true);
    }

    /** Frames behind a base and not before a time; before them, unless {@code since} is negative, a genesis frame. */
    private List<Frame> frames(List<Submission> batch, long base, int baseTag, long notBefore, long since) {
        long time = time(notBefore);
        List<Frame> frames = new ArrayList<>(batch.size() + 1);
        int previousTag = baseTag;
        if (since >= 0) {
            long uid = ThreadLocalRandom.current().nextLong();
            frames.add(new Frame(uid, base, 0, previousTag, time, null, since));
            previousTag = Frame.tag(previousTag, uid);
        }
        for (Submission each : batch) {
            frames.add(new Frame(each.uid(), base, frames.size(), previousTag, time, each.event(), 0));
            previousTag = Frame.tag(previousTag, each.uid());
        }
        return frames;
    }

    // The clocks of two leaders differ a little. By more, the one before was wrong or has been set back since, and all
    // who
    // come would get its time until this clock has come so far: they would expire together.
    private long time(long notBefore) {
        long now = clock.millis();
        return notBefore - now > CLOCKS_DIFFER.toMillis() ? now : Math.max(notBefore, now);
    }

    private Future<Written> append(List<Submission> batch, List<Frame> frames, long deadline, boolean seamless) {
        long begun = clock.elapsedMillis();
        return history.append(name, frames).transform(appended -> {
            boolean late = clock.elapsedMillis() - begun >= CERTAIN.toMillis();
            if (appended.succeeded() && !late) {
                return compare(batch, frames, appended.result(), deadline, seamless);
            }
            // It may be there nevertheless: the same frames again do no harm, readers skip the repeat.
            if (clock.elapsedMillis() < deadline) {
                return vertx.timer(RETRY_MILLIS).compose(again -> append(batch, frames, deadline, seamless));
            }
            return Future.failedFuture(
                    appended.failed() ? appended.cause() : new TimeoutException("answered after its time"));
        });
    }

    private Future<Written> compare(
            List<Submission> batch, List<Frame> frames, long first, long deadline, boolean seamless) {
        long base = frames.get(0).base();
        long last = first + frames.size() - 1;
        if (first == base + 1) {
            return Future.succeededFuture(new Written(stretch(first, frames), seamless));
        }
        if (first > base) {
            // Not all that was in between need be there still: the nodes look at the history themselves.
            return ends.between(base + 1, last).map(read -> new Written(read, false));
        }
        LOG.warn("The history of {} was lost and begins anew", name);
        Frame newest = frames.get(frames.size() - 1);
        List<Frame> again = frames(batch, last, newest.tag(), newest.time(), clock.millis());
        // Never as if it followed, even for those who have everything: with the old history went what keeps an event
        // that its publisher repeats from coming twice, and whoever may get one twice has to be told.
        return append(batch, again, deadline, false);
    }

    private static Stretch stretch(long first, List<Frame> frames) {
        int skipped = frames.get(0).isGenesis() ? 1 : 0;
        List<Numbered> events = new ArrayList<>(frames.size() - skipped);
        for (int i = skipped; i < frames.size(); i++) {
            events.add(new Numbered(first + i, frames.get(i)));
        }
        return Stretch.of(events, events.get(events.size() - 1));
    }
}
