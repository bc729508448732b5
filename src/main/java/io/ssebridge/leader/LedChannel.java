package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.leader.BatchWriter.WriteResult;
import io.ssebridge.leader.HistoryTail.End;
import io.ssebridge.leader.HistoryTail.Stretch;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.meters.ChannelMeter;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Announcement;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel that this node leads. It appends events to the history in arrival order and announces them to the attached
 * nodes.
 *
 * <p>There is <b>one append in flight</b>; events that arrive meanwhile go into the next one. Several appends at once
 * would change their order whenever a partition moves. No event is answered or announced before the history has
 * acknowledged it. A batch takes these steps in order:
 *
 * <ol>
 *   <li>{@link AppendQueue}: the batch has its turn.
 *   <li>{@link io.ssebridge.membership.SplitBrainGuard}: check that this node may acknowledge events.
 *   <li>{@link HistoryTail}: find the end of the history, if it is in doubt.
 *   <li>{@link Deduplicator}: find the events of the batch that are not in the history yet.
 *   <li>{@link BatchWriter}: append these events.
 *   <li>{@link io.ssebridge.membership.SplitBrainGuard}: check this again.
 *   <li>{@link Announcer}: announce the events to the attached nodes.
 *   <li>{@link Deduplicator}: answer the publishers.
 * </ol>
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class LedChannel {
    private static final Logger LOG = LoggerFactory.getLogger(LedChannel.class);
    private static final int MAX_BATCH = 64;
    private static final Duration RETRY_FOR = Duration.ofSeconds(10);
    // Nodes with subscribers attach their channels again every 5 s.
    private static final long UNUSED_MILLIS = Duration.ofSeconds(30).toMillis();

    private final LoopThread owner;
    private final ChannelName name;
    private final NodeClock clock;
    private final HistoryTail ends;
    private final BatchWriter writer;
    private final Deduplicator deduplicator;
    private final Announcer announcer;
    private final HistoryRoom histories;
    private final HistoryWeight weight;
    private final AppendQueue queue;
    private final HistoryReader reader;
    private final AppendMeters meters;
    // Null: the channel has no metrics of its own.
    private @Nullable ChannelMeter meter;
    private final Supplier<Future<Void>> confirmed;
    private End end = new End(new Cursor.Start(0), 0);
    // The number of doubts about the end, and the number of the last doubt that a look-up has settled.
    private int doubts;
    private int settledDoubts;
    private boolean replaced;
    private long lastUseMillis;
    private long lastEventMillis;

    LedChannel(
            LoopThread owner,
            Vertx vertx,
            ChannelName name,
            int capacity,
            HistoryRoom histories,
            Stores stores,
            Supplier<Future<Void>> confirmed,
            BiConsumer<Set<String>, Announcement> announce,
            NodeClock clock) {
        this.owner = owner;
        this.name = name;
        this.reader = stores.reader();
        this.meters = stores.meters();
        this.meter = meters.of(name);
        this.confirmed = confirmed;
        int maxBatch = capacity == 0 ? MAX_BATCH : Math.min(MAX_BATCH, capacity / 4);
        this.queue = new AppendQueue(owner, vertx, maxBatch, stores.budget(), this::appendBatch, this::giveUp);
        this.clock = clock;
        this.ends = new HistoryTail(owner, name, stores.history(), stores.reader(), stores.directory(), clock);
        this.writer = new BatchWriter(owner, vertx, name, stores.history(), ends, clock);
        this.deduplicator = new Deduplicator(owner, name, stores.keys(), stores.recent(), clock);
        this.announcer = new Announcer(owner, name, announce);
        this.histories = histories;
        this.weight = new HistoryWeight(histories, capacity);
    }

    ChannelName name() {
        return name;
    }

    /** Returns the nodes that have subscribers on the channel. */
    Set<String> attached() {
        owner.assertHere();
        return announcer.attached();
    }

    /** Returns the newest acknowledged frame. */
    Cursor tail() {
        owner.assertHere();
        return end.tail();
    }

    /** Returns the time of the newest event, in milliseconds since 1970; 0 if this leader knows of none. */
    long lastEventMillis() {
        owner.assertHere();
        return lastEventMillis;
    }

    /** Follows the rule of the channel after it has changed. */
    void ruleChanged() {
        owner.assertHere();
        meter = meters.of(name);
    }

    /** Records that the channel is used at this time of the monotonic clock, in milliseconds. */
    void used(long nowMillis) {
        owner.assertHere();
        lastUseMillis = nowMillis;
    }

    boolean isIdle(long nowMillis, long ttlMillis) {
        owner.assertHere();
        return attached().isEmpty() && queue.isQuiet() && nowMillis - lastUseMillis >= ttlMillis;
    }

    /** Loads the keys and the end of the history. Call it before anything else. */
    Future<Void> load() {
        owner.assertHere();
        deduplicator.begin();
        return deduplicator.load().compose(loaded -> ends.enter()).map(this::learn);
    }

    private Void learn(Stretch newest) {
        owner.assertHere();
        end = newest.end();
        noteTime(newest.events());
        weight.found(newest.events(), tail());
        deduplicator.found(newest.events());
        return null;
    }

    /**
     * Appends events after all earlier ones. If there is no room for all of them, none is appended.
     *
     * @return completes with the receipts of the events when they are acknowledged and announced. A repeated uid gets the
     *     same cursor as before
     */
    Future<List<AppendReceipt>> append(List<Submission> submissions) {
        owner.assertHere();
        if (!queue.hasRoomFor(submissions) && !areKnown(submissions)) {
            return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events wait for this channel"));
        }
        if (!weight.hasRoomFor(submissions) && !areKnown(submissions)) {
            return histories.refuse();
        }
        if (submissions.size() == 1) {
            return submit(submissions.get(0)).map(List::of);
        }
        List<Future<AppendReceipt>> receipts =
                submissions.stream().map(this::submit).toList();
        return Future.join(receipts)
                .map(all -> receipts.stream().map(Future::result).toList());
    }

    // A repeated request must not be refused for lack of room if the first one was accepted.
    private boolean areKnown(List<Submission> submissions) {
        return submissions.stream().allMatch(each -> deduplicator.find(each).isPresent());
    }

    private Future<AppendReceipt> submit(Submission submission) {
        return deduplicator.find(submission).orElseGet(() -> {
            Pending pending = deduplicator.add(submission);
            queue.add(pending);
            return pending.kept().future();
        });
    }

    /** Returns the bytes of the history, which are counted until the channel is closed. */
    HistoryWeight weight() {
        owner.assertHere();
        return weight;
    }

    /** Returns the time of the last use of the channel, in milliseconds of the monotonic clock. */
    long lastUseMillis() {
        owner.assertHere();
        return lastUseMillis;
    }

    /**
     * Destroys the history of an idle channel.
     *
     * @param stay whether this node continues to lead the channel, without a history
     */
    Future<Void> forget(boolean stay) {
        owner.assertHere();
        return inTurn(() -> ends.destroy(end.tail()).compose(destroyed -> {
            if (!destroyed) {
                return look().compose(found -> foundInUse());
            }
            return stay ? load() : Future.succeededFuture();
        }));
    }

    // The channel counts as used now. Otherwise the next sweep, a quarter of a second later, would find no further
    // events and destroy the history.
    private Future<Void> foundInUse() {
        used(clock.elapsedMillis());
        return Future.failedFuture("another leader has appended to its history");
    }

    /** Returns the newest acknowledged frame. It is looked up if this node is in doubt about it. */
    Future<Cursor> certainTail() {
        owner.assertHere();
        if (isInDoubt() && queue.isFree()) {
            return inTurn(this::certain).map(certain -> tail());
        }
        return Future.succeededFuture(tail());
    }

    /**
     * Marks the history as possibly replaced. It is checked before the next append, and until then no publisher gets a
     * cursor in it.
     */
    void doubt() {
        owner.assertHere();
        doubtEnd();
        replaced = true;
        deduplicator.forgetCursors(queue.uids());
    }

    /**
     * Marks the end of the history as doubtful: a failed append may have been done. The end is looked up before the
     * next append.
     */
    private void doubtEnd() {
        doubts++;
    }

    private void noteTime(List<NumberedFrame> events) {
        if (!events.isEmpty()) {
            lastEventMillis = events.get(events.size() - 1).frame().timeMillis();
        }
    }

    private boolean isInDoubt() {
        return doubts != settledDoubts;
    }

    private Future<Void> certain() {
        if (!isInDoubt()) {
            return Future.succeededFuture();
        }
        int settled = doubts;
        // Doubts that arise during the look-up are not settled by it.
        return knowKeys().compose(known -> look()).onSuccess(found -> settledDoubts = settled);
    }

    private Future<Void> knowKeys() {
        if (!replaced) {
            return Future.succeededFuture();
        }
        // Events in flight at the time of the doubt may have got their cursors in the replaced history.
        deduplicator.forgetCursors(queue.uids());
        replaced = false;
        return deduplicator.load().onFailure(failed -> replaced = true);
    }

    private Future<Void> look() {
        return ends.find(end.tail()).map(this::learn);
    }

    /** Returns a future that completes when no event is waiting or in flight. */
    Future<Void> quiet() {
        owner.assertHere();
        return queue.quiet();
    }

    private Future<Void> inTurn(Supplier<Future<Void>> step) {
        return queue.inTurn(() -> step.get().onFailure(failed -> doubtEnd()));
    }

    private Future<Void> appendBatch(List<Pending> batch) {
        long deadlineMillis = clock.elapsedMillis() + RETRY_FOR.toMillis();
        return confirmed
                .get()
                .compose(confirmed -> certain())
                .map(certain -> upToEnd(deduplicator.missing(batch)))
                .compose(missing -> missing.isEmpty() ? Future.<Void>succeededFuture() : write(missing, deadlineMillis))
                .onFailure(failed -> doubtEnd());
    }

    /** Refuses the events after the one that ends the channel, and returns the others. */
    private List<Pending> upToEnd(List<Pending> batch) {
        if (hasEnded()) {
            refuse(batch);
            return List.of();
        }
        for (int i = 0; i < batch.size() - 1; i++) {
            if (batch.get(i).submission().event().attributes().end()) {
                refuse(batch.subList(i + 1, batch.size()));
                return batch.subList(0, i + 1);
            }
        }
        return batch;
    }

    // The channel can be used again when its last event has expired, even if its history has not been destroyed yet.
    private boolean hasEnded() {
        return tail().isEnd() && reader.isKept(name, end.timeMillis());
    }

    private void refuse(List<Pending> late) {
        late.forEach(each -> deduplicator.giveUp(each, Refusals.of(Refusals.ENDED, "the channel has ended")));
    }

    private void giveUp(List<Pending> batch, Throwable failure) {
        LOG.warn("{} events of channel {} could not be appended: {}", batch.size(), name, failure.toString());
        batch.forEach(each -> deduplicator.giveUp(each, failure));
    }

    private Future<Void> write(List<Pending> batch, long deadlineMillis) {
        List<Submission> submissions = new ArrayList<>(batch.size());
        batch.forEach(each -> submissions.add(each.submission()));
        long begunNanos = System.nanoTime();
        // Checked again after the append: a node that was frozen or has lost the others may have appended to a history
        // of its own.
        return writer.write(submissions, end, deadlineMillis)
                .compose(written -> confirmed.get().map(stillConfirmed -> {
                    meters.appended(batch.size(), System.nanoTime() - begunNanos);
                    if (meter != null) {
                        meter.appended(batch.size());
                    }
                    return settle(batch, written);
                }))
                .onFailure(failed -> meters.failed());
    }

    /** Announces and answers a batch. The history has acknowledged it, and this node may say so. */
    private Void settle(List<Pending> batch, WriteResult written) {
        owner.assertHere();
        Cursor before = tail();
        end = written.stretch().end();
        noteTime(written.stretch().events());
        weight.add(written.stretch().events());
        if (written.seamless()) {
            announcer.announce(before, written.stretch().events(), tail(), clock.elapsedMillis());
        } else {
            announcer.announceMoved(tail(), clock.elapsedMillis());
        }
        deduplicator.settle(batch, written.stretch().events());
        return null;
    }

    /** Repeats the announcement of the tail if a repetition is due. */
    void repeatTail(long nowMillis) {
        owner.assertHere();
        announcer.repeat(tail(), nowMillis);
    }

    /**
     * Announces the tail if no node has attached the channel again for a while. The request of a node to detach may have
     * been lost. Such a node has no subscribers, and answers an announcement with another request. Otherwise the
     * channel would never be idle. A node with subscribers has the tail already.
     */
    void checkAttached(long nowMillis) {
        owner.assertHere();
        if (!attached().isEmpty() && nowMillis - lastUseMillis >= UNUSED_MILLIS) {
            used(nowMillis);
            announceTail();
        }
    }

    /** Announces the tail. */
    void announceTail() {
        owner.assertHere();
        announcer.announceTail(tail());
    }
}
