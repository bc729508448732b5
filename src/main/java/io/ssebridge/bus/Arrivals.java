package io.ssebridge.bus;

import io.ssebridge.event.Cursor;
import io.ssebridge.event.Numbered;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.eventbus.ReplyException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Remembers which events have come for a channel and where they are: whoever hands one over again gets the answer of the
 * first time, even if that was given by another leader.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class Arrivals {
    /** So many events are remembered at most, and as many with keys. */
    static final int MAX_UIDS = 100_000;

    // Longer than anybody waits for an answer.
    private static final Duration HANDED_OVER_FOR = Duration.ofSeconds(20);
    // The first coming of what was found in the history or among the keys: it was before this node led.
    private static final long EARLIER = 0;

    private final Keys keys;
    private final NodeClock clock;
    private final RecentUids handedOver = new RecentUids(HANDED_OVER_FOR.toMillis(), MAX_UIDS);
    private final RecentUids keyed = new RecentUids(Keys.WINDOW.toMillis(), MAX_UIDS);
    private long since;

    Arrivals(Keys keys, NodeClock clock) {
        this.keys = keys;
        this.clock = clock;
    }

    /** All that comes from now on comes here. */
    void begin() {
        since = clock.millis();
    }

    /** The place of an event, once it has one, if the event has come before. */
    Optional<Future<Place>> find(Submission submission) {
        RecentUids uids = submission.keyed() ? keyed : handedOver;
        return Optional.ofNullable(uids.find(submission.uid())).map(known -> {
            boolean repeated = known.arrival() != submission.arrival();
            return known.place().future().map(place -> new Place(place.cursor(), repeated));
        });
    }

    /** An event that has not come before. */
    Waiting add(Submission submission) {
        Promise<Place> kept = Promise.promise();
        RecentUids uids = submission.keyed() ? keyed : handedOver;
        uids.add(submission.uid(), submission.arrival(), kept, clock.millis());
        return new Waiting(submission, kept);
    }

    /** These are in the history; their publishers may not have heard of it, and come again. */
    void found(List<Numbered> events) {
        for (Numbered each : events) {
            Promise<Place> kept = Promise.promise();
            kept.complete(new Place(each.cursor(), true));
            handedOver.add(each.frame().uid(), EARLIER, kept, clock.millis());
            keyed.add(each.frame().uid(), EARLIER, kept, clock.millis());
        }
    }

    /** Answers those of a batch that are in the history already. */
    Future<List<Waiting>> missing(List<Waiting> batch) {
        return keptByOthers(batch).map(places -> {
            List<Waiting> missing = new ArrayList<>(batch);
            missing.removeIf(each -> isThere(each, places));
            return missing;
        });
    }

    /** What a leader before this one has kept of the batch, and may have answered. */
    private Future<Map<Long, Cursor.At>> keptByOthers(List<Waiting> batch) {
        List<Long> uids = new ArrayList<>();
        for (Waiting each : batch) {
            if (each.submission().keyed()) {
                uids.add(each.uid());
            }
        }
        boolean knowsAll = clock.millis() - since > Keys.WINDOW.toMillis();
        return knowsAll || uids.isEmpty() ? Future.succeededFuture(Map.of()) : keys.find(uids);
    }

    private boolean isThere(Waiting each, Map<Long, Cursor.At> places) {
        RecentUids.Entry found = handedOver.find(each.uid());
        if (found != null && found.arrival() == EARLIER) {
            each.kept().tryComplete(found.place().future().result());
            return true;
        }
        Cursor.At place = places.get(each.uid());
        if (place != null) {
            each.kept().tryComplete(new Place(place, true));
        }
        return place != null;
    }

    /** Answers a batch; events that are not of the batch have come to other leaders. */
    void settle(List<Waiting> batch, List<Numbered> events) {
        if (areTheSame(batch, events)) {
            for (int i = 0; i < batch.size(); i++) {
                keep(batch.get(i), new Place(events.get(i).cursor(), false));
            }
            return;
        }
        Set<Long> ours = batch.stream().map(Waiting::uid).collect(Collectors.toSet());
        found(events.stream().filter(each -> !ours.contains(each.frame().uid())).toList());
        Map<Long, Numbered> places =
                events.stream().collect(Collectors.toMap(each -> each.frame().uid(), Function.identity(), (a, b) -> a));
        for (Waiting each : batch) {
            Numbered event = places.get(each.uid());
            if (event == null) {
                giveUp(each, notKept());
            } else {
                keep(each, new Place(event.cursor(), false));
            }
        }
    }

    // As it is nearly always.
    private static boolean areTheSame(List<Waiting> batch, List<Numbered> events) {
        boolean same = batch.size() == events.size();
        for (int i = 0; same && i < batch.size(); i++) {
            same = batch.get(i).uid() == events.get(i).frame().uid();
        }
        return same;
    }

    private void keep(Waiting waiting, Place place) {
        if (waiting.submission().keyed()) {
            // A leader that takes over before this is done finds the event among the newest of the history.
            keys.keep(waiting.uid(), place.cursor())
                    .onComplete(noted -> waiting.kept().tryComplete(place));
        } else {
            waiting.kept().tryComplete(place);
        }
    }

    /**
     * Forgets where events are: another history may have taken the place of the one that they are in. Those that still wait
     * stay, for whoever brings them again to wait with them; of the others the history and the keys know.
     *
     * @param waiting the events that have no place yet
     */
    void forgetPlaces(Set<Long> waiting) {
        handedOver.retain(waiting);
        keyed.retain(waiting);
        begin();
    }

    /** Forgets an event that is not kept. */
    void giveUp(Waiting each, Throwable why) {
        handedOver.remove(each.uid());
        keyed.remove(each.uid());
        each.kept().tryFail(why instanceof ReplyException ? why : notKept());
    }

    private static ReplyException notKept() {
        return Refusals.of(Refusals.UNAVAILABLE, "not kept: the history did not answer");
    }
}
