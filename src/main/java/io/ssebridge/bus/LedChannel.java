package io.ssebridge.bus;

import io.ssebridge.bus.BatchWriter.Written;
import io.ssebridge.bus.HistoryEnd.End;
import io.ssebridge.bus.HistoryEnd.Stretch;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel that this node leads: its events go into the history in the order in which they came, and out to who listens.
 *
 * <p>There is <b>one append in flight</b>; what arrives meanwhile goes into the next. Several at once change their order
 * whenever a partition moves. Nothing is answered or announced before the history has acknowledged it. The way of a batch
 * is one way:
 *
 * <ol>
 *   <li>{@link Line}: it is its turn.
 *   <li>{@link HistoryEnd}: where the history ends, if that is in doubt.
 *   <li>{@link Arrivals}: what of it is missing there.
 *   <li>{@link BatchWriter}: that is appended.
 *   <li>{@link Standing}: this node may still speak for the cluster.
 *   <li>{@link Announcer}: the nodes that listen are told.
 *   <li>{@link Arrivals}: the publishers are answered.
 * </ol>
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LedChannel {
    private static final Logger LOG = LoggerFactory.getLogger(LedChannel.class);
    private static final int MAX_BATCH = 64;
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final ChannelName name;
    private final NodeClock clock;
    private final HistoryEnd ends;
    private final BatchWriter writer;
    private final Arrivals arrivals;
    private final Announcer announcer;
    private final Line line;
    private final Supplier<Future<Void>> confirmed;
    private End end = new End(new Cursor.Start(0), 0);
    // How often the end has been doubted, and the last of those doubts that a look has settled.
    private int doubts;
    private int settledDoubts;
    private boolean replaced;
    private long lastUse;

    LedChannel(
            Vertx vertx,
            ChannelName name,
            int capacity,
            Stores stores,
            Supplier<Future<Void>> confirmed,
            BiConsumer<Set<String>, Announcement> announce,
            NodeClock clock) {
        this.name = name;
        this.confirmed = confirmed;
        int maxBatch = capacity == 0 ? MAX_BATCH : Math.min(MAX_BATCH, capacity / 4);
        this.line = new Line(vertx, maxBatch, stores.backlog(), this::appendBatch, this::giveUp);
        this.clock = clock;
        this.ends = new HistoryEnd(name, stores.history(), stores.reader(), stores.directory(), clock);
        this.writer = new BatchWriter(vertx, name, stores.history(), ends, clock);
        this.arrivals = new Arrivals(name, stores.keys(), stores.recent(), clock);
        this.announcer = new Announcer(name, announce);
    }

    ChannelName name() {
        return name;
    }

    /** The nodes that have subscribers. */
    Set<String> listeners() {
        return announcer.listeners();
    }

    /** The newest frame that is acknowledged. */
    Cursor tail() {
        return end.tail();
    }

    /** Somebody needs the channel at this time of the monotonic clock, in milliseconds. */
    void used(long now) {
        lastUse = now;
    }

    boolean isIdle(long now, long ttlMillis) {
        return listeners().isEmpty() && line.isQuiet() && now - lastUse >= ttlMillis;
    }

    /** Learns what there is; before anything else. */
    Future<Void> load() {
        arrivals.begin();
        return arrivals.load().compose(loaded -> ends.enter()).map(this::learn);
    }

    private Void learn(Stretch newest) {
        end = newest.end();
        arrivals.found(newest.events());
        return null;
    }

    /**
     * Appends events behind all that came before; all of them or, where there is no room, none.
     *
     * @return their places, once the history has acknowledged them and they are announced; the same as before for a uid that
     *     has come before
     */
    Future<List<Place>> append(List<Submission> submissions) {
        if (!line.hasRoomFor(submissions) && !areKnown(submissions)) {
            return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events wait for this channel"));
        }
        if (submissions.size() == 1) {
            return place(submissions.get(0)).map(List::of);
        }
        List<Future<Place>> places = submissions.stream().map(this::place).toList();
        return Future.join(places)
                .map(all -> places.stream().map(Future::result).toList());
    }

    // Who asks again must not be told that there was no room the first time.
    private boolean areKnown(List<Submission> submissions) {
        return submissions.stream().allMatch(each -> arrivals.find(each).isPresent());
    }

    private Future<Place> place(Submission submission) {
        return arrivals.find(submission).orElseGet(() -> {
            Waiting waiting = arrivals.add(submission);
            line.add(waiting);
            return waiting.kept().future();
        });
    }

    /**
     * Destroys the history: nobody has needed it for long.
     *
     * @param stay whether the channel stays here, without a history
     */
    Future<Void> forget(boolean stay) {
        return inTurn(() -> ends.destroy(end.tail()).compose(destroyed -> {
            if (!destroyed) {
                return look().compose(found -> foundInUse());
            }
            return stay ? load() : Future.succeededFuture();
        }));
    }

    // Not idle any more: the next look, a quarter of a second later, would find nothing new and destroy it.
    private Future<Void> foundInUse() {
        used(clock.elapsedMillis());
        return Future.failedFuture("somebody has appended to it");
    }

    /** The newest frame that is acknowledged; looked up if this node does not know it for certain. */
    Future<Cursor> certainTail() {
        if (isInDoubt() && line.isFree()) {
            return inTurn(this::certain).map(certain -> tail());
        }
        return Future.succeededFuture(tail());
    }

    /**
     * The history may have been replaced: it is looked at before the next append, and until then nobody is told a place in
     * it.
     */
    void doubt() {
        doubtEnd();
        replaced = true;
        arrivals.forgetPlaces(line.uids());
    }

    /** What has failed may have been done: where the history ends is looked up before the next append. */
    private void doubtEnd() {
        doubts++;
    }

    private boolean isInDoubt() {
        return doubts != settledDoubts;
    }

    private Future<Void> certain() {
        if (!isInDoubt()) {
            return Future.succeededFuture();
        }
        int settled = doubts;
        // Not those that arise during the look.
        return knowKeys().compose(known -> look()).onSuccess(found -> settledDoubts = settled);
    }

    private Future<Void> knowKeys() {
        if (!replaced) {
            return Future.succeededFuture();
        }
        // What was under way when the doubt arose may have got its place in what is replaced.
        arrivals.forgetPlaces(line.uids());
        replaced = false;
        return arrivals.load().onFailure(failed -> replaced = true);
    }

    private Future<Void> look() {
        return ends.find(end.tail()).map(this::learn);
    }

    /** When nothing that has come waits any more. */
    Future<Void> quiet() {
        return line.quiet();
    }

    private Future<Void> inTurn(Supplier<Future<Void>> step) {
        return line.inTurn(() -> step.get().onFailure(failed -> doubtEnd()));
    }

    private Future<Void> appendBatch(List<Waiting> batch) {
        long deadline = clock.elapsedMillis() + PATIENCE.toMillis();
        return confirmed
                .get()
                .compose(confirmed -> certain())
                .map(certain -> arrivals.missing(batch))
                .compose(missing -> missing.isEmpty() ? Future.<Void>succeededFuture() : write(missing, deadline))
                .onFailure(failed -> doubtEnd());
    }

    private void giveUp(List<Waiting> batch, Throwable failure) {
        LOG.warn("{} events of {} are not kept: {}", batch.size(), name, failure.toString());
        batch.forEach(each -> arrivals.giveUp(each, failure));
    }

    private Future<Void> write(List<Waiting> batch, long deadline) {
        List<Submission> submissions = new ArrayList<>(batch.size());
        batch.forEach(each -> submissions.add(each.submission()));
        // A node that was frozen, or has lost the others, finds itself alone with a history of its own.
        return writer.write(submissions, end, deadline)
                .compose(written -> confirmed.get().map(stillConfirmed -> settle(batch, written)));
    }

    /** The history has acknowledged these, and this node may say so: now they may be announced, then answered. */
    private Void settle(List<Waiting> batch, Written written) {
        Cursor before = tail();
        end = written.stretch().end();
        if (written.seamless()) {
            announcer.say(before, written.stretch().events(), tail(), clock.elapsedMillis());
        } else {
            announcer.sayMoved(tail(), clock.elapsedMillis());
        }
        arrivals.settle(batch, written.stretch().events());
        return null;
    }

    /** Says once more how far the history goes, if it is time. */
    void repeatTail(long now) {
        announcer.repeat(tail(), now);
    }

    /** Says how far the history goes. */
    void sayTail() {
        announcer.sayTail(tail());
    }
}
