package io.ssebridge.leader;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.leader.IdempotencyKeys.Kept;
import io.ssebridge.leader.RecentUids.Known;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.AppendReceipt;
import io.ssebridge.wire.Refusals;
import io.ssebridge.wire.Submission;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.ReplyException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Knows the events that have arrived for a channel, and their cursors in the history. A repeated submission of an event
 * gets the same answer as the first one, even if another leader gave that answer.
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class Deduplicator {
    // The arrival of events that were found in the history or among the keys: they arrived before this node led.
    private static final long EARLIER = 0;

    private final LoopThread owner;
    private final ChannelName channel;
    private final IdempotencyKeys keys;
    private final RecentUids recent;
    private final NodeClock clock;
    // The events that have arrived and are not answered yet.
    private final Map<Long, Pending> waiting = new HashMap<>();
    private int term;
    // Whether another history may have replaced the one to which the events in flight were written.
    private boolean isReplaced;
    // Whether waiting events may have been found in the history after they arrived.
    private boolean hasFound;

    Deduplicator(LoopThread owner, ChannelName channel, IdempotencyKeys keys, RecentUids recent, NodeClock clock) {
        this.owner = owner;
        this.channel = channel;
        this.keys = keys;
        this.recent = recent;
        this.clock = clock;
    }

    /** Begins a term without known events. */
    void begin() {
        owner.assertHere();
        term = recent.newTerm();
    }

    /** Loads the events with keys that earlier leaders have appended and may have answered. */
    Future<Void> load() {
        owner.assertHere();
        int begun = term;
        return keys.find(channel).map(all -> {
            all.forEach(each -> found(begun, each));
            isReplaced = isReplaced && begun != term;
            return null;
        });
    }

    /** Finds an event that has arrived before. The future completes with the receipt of the event when it has one. */
    Optional<Future<AppendReceipt>> find(Submission submission) {
        owner.assertHere();
        Pending first = waiting.get(submission.uid());
        if (first != null) {
            boolean another = first.submission().arrival() != submission.arrival();
            return Optional.of(first.kept()
                    .future()
                    .map(receipt -> new AppendReceipt(receipt.cursor(), another || receipt.repeated())));
        }
        Known known = recent.find(term, submission.uid(), submission.keyed());
        return known == null
                ? Optional.empty()
                : Optional.of(Future.succeededFuture(
                        new AppendReceipt(known.cursor(), known.arrival() != submission.arrival())));
    }

    /** Adds an event that has not arrived before. */
    Pending add(Submission submission) {
        owner.assertHere();
        Pending first = new Pending(submission, Promise.promise());
        waiting.put(submission.uid(), first);
        return first;
    }

    /**
     * Remembers events that were found in the history. Their publishers may not have got an answer, and may send them
     * again.
     */
    void found(List<NumberedFrame> events) {
        for (NumberedFrame each : events) {
            // It counts as an event with a key, because a frame does not tell whether the event had one.
            found(term, new Kept(each.frame().uid(), each.cursor(), each.frame().timeMillis()));
        }
    }

    private void found(int termOfCursor, Kept kept) {
        owner.assertHere();
        hasFound = true;
        // The clock of another node may be ahead of this one.
        long ageMillis = Math.max(0, clock.millis() - kept.timeMillis());
        recent.add(termOfCursor, kept.uid(), true, new Known(EARLIER, kept.cursor()), ageMillis);
    }

    /** Answers the events of a batch that are in the history already, and returns the other events. */
    List<Pending> missing(List<Pending> batch) {
        owner.assertHere();
        if (!hasFound) {
            return batch;
        }
        hasFound = waiting.size() > batch.size();
        List<Pending> missing = new ArrayList<>(batch);
        missing.removeIf(this::isThere);
        return missing;
    }

    private boolean isThere(Pending each) {
        Known known = recent.find(term, each.uid(), each.submission().keyed());
        if (known == null) {
            return false;
        }
        answer(each, new AppendReceipt(known.cursor(), true));
        return true;
    }

    private void answer(Pending each, AppendReceipt receipt) {
        waiting.remove(each.uid(), each);
        each.kept().tryComplete(receipt);
    }

    /** Answers a batch. Events that do not belong to the batch were submitted to other leaders. */
    void settle(List<Pending> batch, List<NumberedFrame> events) {
        owner.assertHere();
        if (areTheSame(batch, events)) {
            keep(batch, events);
            return;
        }
        Set<Long> ours = batch.stream().map(Pending::uid).collect(Collectors.toSet());
        found(events.stream().filter(each -> !ours.contains(each.frame().uid())).toList());
        Map<Long, NumberedFrame> byUid =
                events.stream().collect(Collectors.toMap(each -> each.frame().uid(), Function.identity(), (a, b) -> a));
        List<Pending> kept = new ArrayList<>(batch.size());
        List<NumberedFrame> theirs = new ArrayList<>(batch.size());
        for (Pending each : batch) {
            NumberedFrame event = byUid.get(each.uid());
            if (event == null) {
                giveUp(each, notKept());
            } else {
                kept.add(each);
                theirs.add(event);
            }
        }
        keep(kept, theirs);
    }

    // Both lists match in nearly all cases.
    private static boolean areTheSame(List<Pending> batch, List<NumberedFrame> events) {
        boolean same = batch.size() == events.size();
        for (int i = 0; same && i < batch.size(); i++) {
            same = batch.get(i).uid() == events.get(i).frame().uid();
        }
        return same;
    }

    // A cursor in a history that may have been replaced must not reach the map of keys.
    private void keep(List<Pending> batch, List<NumberedFrame> events) {
        List<Pending> keyed = new ArrayList<>(0);
        List<NumberedFrame> theirs = new ArrayList<>(0);
        for (int i = 0; i < batch.size(); i++) {
            if (batch.get(i).submission().keyed() && !isReplaced) {
                keyed.add(batch.get(i));
                theirs.add(events.get(i));
            } else {
                remember(term, batch.get(i), events.get(i));
            }
        }
        if (!keyed.isEmpty()) {
            keepKeys(keyed, theirs);
        }
    }

    /** Answers the events with keys after the cluster has stored the keys. */
    private void keepKeys(List<Pending> keyed, List<NumberedFrame> events) {
        int termOfCursor = term;
        // A leader that takes over before this is done finds the events in the newest part of the history.
        keys.keep(channel, events).onComplete(noted -> {
            for (int i = 0; i < keyed.size(); i++) {
                remember(termOfCursor, keyed.get(i), events.get(i));
            }
        });
    }

    private void remember(int termOfCursor, Pending each, NumberedFrame event) {
        owner.assertHere();
        Submission submission = each.submission();
        Known known = new Known(submission.arrival(), event.cursor());
        recent.add(termOfCursor, submission.uid(), submission.keyed(), known, 0);
        answer(each, new AppendReceipt(event.cursor(), false));
    }

    /**
     * Forgets the cursors of events, because another history may have replaced theirs. Waiting events stay, so that a
     * repeated submission waits together with the first one. The other events are loaded again from the history and the
     * keys.
     *
     * @param inLine the uids of events that have no cursor yet
     */
    void forgetCursors(Set<Long> inLine) {
        owner.assertHere();
        waiting.keySet().retainAll(inLine);
        isReplaced = true;
        begin();
    }

    /** Forgets an event that could not be appended, and fails its future. */
    void giveUp(Pending each, Throwable why) {
        owner.assertHere();
        waiting.remove(each.uid(), each);
        each.kept().tryFail(why instanceof ReplyException ? why : notKept());
    }

    private static ReplyException notKept() {
        return Refusals.of(Refusals.UNAVAILABLE, "not kept: the history did not answer");
    }
}
