package io.ssebridge.bus;

import io.ssebridge.bus.Keys.Kept;
import io.ssebridge.bus.RecentUids.Known;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Numbered;
import io.ssebridge.time.NodeClock;
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
 * Knows which events have come for a channel and where they are: whoever hands one over again gets the answer of the first
 * time, even if that was given by another leader.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Arrivals {
    // The first coming of what was found in the history or among the keys: it was before this node led.
    private static final long EARLIER = 0;

    private final ChannelName channel;
    private final Keys keys;
    private final RecentUids recent;
    private final NodeClock clock;
    // The events that have come and have no answer yet.
    private final Map<Long, Waiting> waiting = new HashMap<>();
    private int term;
    // Whether another history may have taken the place of the one that what is under way goes to.
    private boolean isReplaced;
    // Whether events that wait may have been found in the history after they came.
    private boolean hasFound;

    Arrivals(ChannelName channel, Keys keys, RecentUids recent, NodeClock clock) {
        this.channel = channel;
        this.keys = keys;
        this.recent = recent;
        this.clock = clock;
    }

    /** Begins, knowing nothing. */
    void begin() {
        term = recent.newTerm();
    }

    /** Learns what leaders before this one have kept, and may have answered. */
    Future<Void> load() {
        int begun = term;
        return keys.find(channel).map(all -> {
            all.forEach(each -> found(begun, each));
            isReplaced = isReplaced && begun != term;
            return null;
        });
    }

    /** The place of an event, once it has one, if the event has come before. */
    Optional<Future<Place>> find(Submission submission) {
        Waiting first = waiting.get(submission.uid());
        if (first != null) {
            boolean another = first.submission().arrival() != submission.arrival();
            return Optional.of(
                    first.kept().future().map(place -> new Place(place.cursor(), another || place.repeated())));
        }
        Known known = recent.find(term, submission.uid(), submission.keyed());
        return known == null
                ? Optional.empty()
                : Optional.of(
                        Future.succeededFuture(new Place(known.place(), known.arrival() != submission.arrival())));
    }

    /** An event that has not come before. */
    Waiting add(Submission submission) {
        Waiting first = new Waiting(submission, Promise.promise());
        waiting.put(submission.uid(), first);
        return first;
    }

    /** These are in the history; their publishers may not have heard of it, and come again. */
    void found(List<Numbered> events) {
        for (Numbered each : events) {
            // With or without a key: that does not stand in a frame.
            found(term, new Kept(each.frame().uid(), each.cursor(), each.frame().time()));
        }
    }

    private void found(int termOfPlace, Kept kept) {
        hasFound = true;
        // Another node's clock may be ahead of ours.
        long ageMillis = Math.max(0, clock.millis() - kept.time());
        recent.add(termOfPlace, kept.uid(), true, new Known(EARLIER, kept.cursor()), ageMillis);
    }

    /** Answers those of a batch that are in the history already. */
    List<Waiting> missing(List<Waiting> batch) {
        if (!hasFound) {
            return batch;
        }
        hasFound = waiting.size() > batch.size();
        List<Waiting> missing = new ArrayList<>(batch);
        missing.removeIf(this::isThere);
        return missing;
    }

    private boolean isThere(Waiting each) {
        Known known = recent.find(term, each.uid(), each.submission().keyed());
        if (known == null) {
            return false;
        }
        answer(each, new Place(known.place(), true));
        return true;
    }

    private void answer(Waiting each, Place place) {
        waiting.remove(each.uid(), each);
        each.kept().tryComplete(place);
    }

    /** Answers a batch; events that are not of the batch have come to other leaders. */
    void settle(List<Waiting> batch, List<Numbered> events) {
        if (areTheSame(batch, events)) {
            keep(batch, events);
            return;
        }
        Set<Long> ours = batch.stream().map(Waiting::uid).collect(Collectors.toSet());
        found(events.stream().filter(each -> !ours.contains(each.frame().uid())).toList());
        Map<Long, Numbered> places =
                events.stream().collect(Collectors.toMap(each -> each.frame().uid(), Function.identity(), (a, b) -> a));
        List<Waiting> kept = new ArrayList<>(batch.size());
        List<Numbered> theirs = new ArrayList<>(batch.size());
        for (Waiting each : batch) {
            Numbered event = places.get(each.uid());
            if (event == null) {
                giveUp(each, notKept());
            } else {
                kept.add(each);
                theirs.add(event);
            }
        }
        keep(kept, theirs);
    }

    // As it is nearly always.
    private static boolean areTheSame(List<Waiting> batch, List<Numbered> events) {
        boolean same = batch.size() == events.size();
        for (int i = 0; same && i < batch.size(); i++) {
            same = batch.get(i).uid() == events.get(i).frame().uid();
        }
        return same;
    }

    // The cluster is told of no place that may be in a history that is gone.
    private void keep(List<Waiting> batch, List<Numbered> events) {
        List<Waiting> keyed = new ArrayList<>(0);
        List<Numbered> theirs = new ArrayList<>(0);
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

    /** Answers the events with keys when the cluster knows them. */
    private void keepKeys(List<Waiting> keyed, List<Numbered> events) {
        int termOfPlaces = term;
        // A leader that takes over before this is done finds the events among the newest of the history.
        keys.keep(channel, events).onComplete(noted -> {
            for (int i = 0; i < keyed.size(); i++) {
                remember(termOfPlaces, keyed.get(i), events.get(i));
            }
        });
    }

    private void remember(int termOfPlace, Waiting each, Numbered event) {
        Submission submission = each.submission();
        Known known = new Known(submission.arrival(), event.cursor());
        recent.add(termOfPlace, submission.uid(), submission.keyed(), known, 0);
        answer(each, new Place(event.cursor(), false));
    }

    /**
     * Forgets where events are: another history may have taken the place of the one that they are in. Those that still wait
     * stay, for whoever brings them again to wait with them; of the others the history and the keys know.
     *
     * @param inLine the events that have no place yet
     */
    void forgetPlaces(Set<Long> inLine) {
        waiting.keySet().retainAll(inLine);
        isReplaced = true;
        begin();
    }

    /** Forgets an event that is not kept. */
    void giveUp(Waiting each, Throwable why) {
        waiting.remove(each.uid(), each);
        each.kept().tryFail(why instanceof ReplyException ? why : notKept());
    }

    private static ReplyException notKept() {
        return Refusals.of(Refusals.UNAVAILABLE, "not kept: the history did not answer");
    }
}
