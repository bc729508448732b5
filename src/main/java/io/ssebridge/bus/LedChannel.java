package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A channel that this node leads: it appends the events to the history, one batch after another, and tells the nodes that
 * listen what is in it.
 *
 * <p>There is <b>one append in flight</b>; what arrives meanwhile goes into the next. Several at once change their order
 * whenever a partition moves. Nothing is answered or announced before the history has acknowledged it.
 *
 * <p>This node may be wrong about the history: another may have led for a moment, Hazelcast may have repeated a call on its
 * own, the history may have been lost. The sequence that an append returns tells, compared with the {@code base} that the
 * frames carry:
 *
 * <ul>
 *   <li>base + 1: as expected.
 *   <li>Higher: somebody, perhaps ourselves, was in between. What the readers will see is read back, and only that is
 *       acknowledged and announced.
 *   <li>Not higher than base: the history has begun anew. Nothing is acknowledged; a genesis frame and the same events are
 *       appended once more.
 * </ul>
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LedChannel {
    private static final Logger LOG = LoggerFactory.getLogger(LedChannel.class);
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_BATCH = 64;
    // More than several nodes may have on their way at once, each a batch.
    private static final int LOOK_BACK = 256;
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long RETRY_MILLIS = 100;
    // Longer than anybody waits for an answer.
    private static final Duration HANDED_OVER_FOR = Duration.ofSeconds(20);
    // The first coming of what was found in the history or among the keys: it was before this node led.
    private static final long EARLIER = 0;
    private static final int MAX_UIDS = 100_000;
    private static final long[] REPEAT_TAIL_MILLIS = {250, 1_000, 4_000};

    private final Vertx vertx;
    private final ChannelName name;
    private final int maxBatch;
    private final History history;
    private final HistoryReader reader;
    private final Directory directory;
    private final Keys keys;
    private final BiConsumer<Set<String>, Announcement> announce;
    private final InstantSource clock;
    private final Set<String> listeners = new HashSet<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final RecentUids handedOver = new RecentUids(HANDED_OVER_FOR.toMillis(), MAX_UIDS);
    private final RecentUids keyed = new RecentUids(Keys.WINDOW.toMillis(), MAX_UIDS);
    private Future<Void> appending = Future.succeededFuture();
    private Cursor tail = new Cursor.Start(0);
    private long newestTime;
    private long loadedAt;
    private boolean inDoubt;
    private long lastUse;
    private long lastAnnounced;
    private int repeats = REPEAT_TAIL_MILLIS.length;

    private record Waiting(Submission submission, Promise<Place> kept) {}

    LedChannel(
            Vertx vertx,
            ChannelName name,
            int capacity,
            History history,
            HistoryReader reader,
            Directory directory,
            Keys keys,
            BiConsumer<Set<String>, Announcement> announce,
            InstantSource clock) {
        this.vertx = vertx;
        this.name = name;
        this.maxBatch = capacity == 0 ? MAX_BATCH : Math.min(MAX_BATCH, capacity / 4);
        this.history = history;
        this.reader = reader;
        this.directory = directory;
        this.keys = keys;
        this.announce = announce;
        this.clock = clock;
    }

    ChannelName name() {
        return name;
    }

    /** The nodes that have subscribers. */
    Set<String> listeners() {
        return listeners;
    }

    /** The newest frame that is acknowledged. */
    Cursor tail() {
        return tail;
    }

    /** Somebody needs the channel at this time, in milliseconds. */
    void used(long now) {
        lastUse = now;
    }

    boolean isIdle(long now, long ttlMillis) {
        return listeners.isEmpty() && waiting.isEmpty() && appending.isComplete() && now - lastUse >= ttlMillis;
    }

    /** Learns what there is; before anything else. */
    Future<Void> load() {
        loadedAt = clock.millis();
        return directory.enter(name, clock.millis()).compose(entry -> {
            if (!entry.hasHistory()) {
                tail = new Cursor.Start(entry.emptySince());
                return Future.succeededFuture();
            }
            return loadHistory();
        });
    }

    private Future<Void> loadHistory() {
        return history.extent(name).compose(extent -> {
            if (extent.isEmpty()) {
                // It is lost: who remembers an earlier emptiness shall not take this one for it.
                tail = new Cursor.Start(clock.millis());
                return Future.succeededFuture();
            }
            // Back to what is known, if that is further: appends whose answers were lost may have been made many times.
            long known = tail instanceof Cursor.At at ? at.sequence() + 1 : Long.MAX_VALUE;
            long from = Math.min(known, extent.tail() - LOOK_BACK + 1);
            return read(Math.max(extent.head(), from), extent.tail(), new ArrayList<>())
                    .compose(newest -> {
                        Numbered last = newest.get(newest.size() - 1);
                        tail = last.cursor();
                        newestTime = last.frame().time();
                        return reader.visible(name, newest).map(frames -> {
                            frames.forEach(this::remember);
                            return null;
                        });
                    });
        });
    }

    /** Reads a stretch of the history, which may be longer than what one read brings. */
    private Future<List<Numbered>> read(long from, long last, List<Numbered> frames) {
        int count = (int) Math.min(Integer.MAX_VALUE, last - from + 1);
        return history.read(name, from, count).compose(read -> {
            read.stream().filter(each -> each.sequence() <= last).forEach(frames::add);
            long reached = read.isEmpty() ? last : read.get(read.size() - 1).sequence();
            return reached >= last ? Future.succeededFuture(frames) : read(reached + 1, last, frames);
        });
    }

    /** It may have been appended, and its publisher not have heard of it. */
    private void remember(Numbered each) {
        Promise<Place> kept = Promise.promise();
        kept.complete(new Place(each.cursor(), true));
        handedOver.add(each.frame().uid(), EARLIER, kept, clock.millis());
        keyed.add(each.frame().uid(), EARLIER, kept, clock.millis());
    }

    /**
     * Appends an event behind all that came before.
     *
     * @return its place, once the history has acknowledged it and it is announced; the same as before if the uid has come
     *     before
     */
    Future<Place> append(Submission submission) {
        RecentUids uids = submission.keyed() ? keyed : handedOver;
        RecentUids.Entry known = uids.find(submission.uid());
        if (known != null) {
            boolean repeated = known.arrival() != submission.arrival();
            return known.place().future().map(place -> new Place(place.cursor(), repeated));
        }
        if (waiting.size() >= MAX_WAITING) {
            return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events wait for this channel"));
        }
        Promise<Place> kept = Promise.promise();
        uids.add(submission.uid(), submission.arrival(), kept, clock.millis());
        waiting.add(new Waiting(submission, kept));
        if (appending.isComplete()) {
            appendNext();
        }
        return kept.future();
    }

    /**
     * Destroys the history: nobody has needed it for long. It looks once more, since a destroyed history takes along what
     * another leader may have appended meanwhile.
     *
     * @param stay whether the channel stays here, without a history
     */
    Future<Void> forget(boolean stay) {
        return inTurn(() -> destroyed()
                .compose(gone -> directory.remove(name))
                .compose(gone -> stay ? load() : Future.succeededFuture()));
    }

    private Future<Void> destroyed() {
        return tail instanceof Cursor.At known ? destroy(known) : Future.succeededFuture();
    }

    private Future<Void> destroy(Cursor.At known) {
        return history.extent(name).compose(extent -> {
            if (extent.isEmpty()) {
                return Future.succeededFuture();
            }
            return history.read(name, extent.tail(), 1)
                    .compose(newest ->
                            newest.size() == 1 && newest.get(0).cursor().equals(known)
                                    ? history.destroy(name)
                                    : loadHistory().compose(loaded -> foundInUse()));
        });
    }

    // Not idle any more: the next look, a quarter of a second later, would find nothing new and destroy it.
    private Future<Void> foundInUse() {
        used(clock.millis());
        return Future.failedFuture("somebody has appended to it");
    }

    /** The newest frame that is acknowledged; looked up if this node does not know it for certain. */
    Future<Cursor> certainTail() {
        if (inDoubt && appending.isComplete()) {
            return inTurn(this::certain).map(certain -> tail);
        }
        return Future.succeededFuture(tail);
    }

    /** Does something while nothing is appended; what is waiting goes on afterwards. */
    private Future<Void> inTurn(Supplier<Future<Void>> step) {
        Promise<Void> done = Promise.promise();
        appending = done.future();
        return step.get().onComplete(result -> {
            inDoubt |= result.failed();
            if (waiting.isEmpty()) {
                done.complete();
                return;
            }
            // The next begins before this one is done: whoever waits for quiet finds nothing waiting, or a new append.
            // And later, since a history in memory answers at once: a thousand batches would not fit on the stack.
            vertx.runOnContext(later -> {
                appendNext();
                done.complete();
            });
        });
    }

    /** The history may have been replaced: it is looked at before the next append. */
    void doubt() {
        inDoubt = true;
    }

    /** When nothing that has come waits any more. */
    Future<Void> quiet() {
        return appending.isComplete() && waiting.isEmpty()
                ? Future.succeededFuture()
                : appending.transform(done -> quiet());
    }

    private void appendNext() {
        List<Waiting> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < maxBatch) {
            batch.add(waiting.remove());
        }
        inTurn(() -> append(batch)).onFailure(failure -> {
            LOG.warn("{} events of {} are not kept: {}", batch.size(), name, failure.toString());
            batch.forEach(this::giveUp);
        });
    }

    private void giveUp(Waiting each) {
        handedOver.remove(each.submission().uid());
        keyed.remove(each.submission().uid());
        each.kept().tryFail(Refusals.of(Refusals.UNAVAILABLE, "not kept: the history did not answer"));
    }

    private Future<Void> append(List<Waiting> batch) {
        long deadline = clock.millis() + PATIENCE.toMillis();
        return certain().compose(certain -> keptBefore(batch)).compose(before -> {
            List<Waiting> missing =
                    batch.stream().filter(each -> !isThere(each, before)).toList();
            return missing.isEmpty() ? Future.succeededFuture() : begin(missing, deadline);
        });
    }

    private Future<Void> certain() {
        return inDoubt ? loadHistory().onSuccess(loaded -> inDoubt = false) : Future.succeededFuture();
    }

    /** What a leader before this one has kept of the batch, and may have answered. */
    private Future<Map<Long, Cursor.At>> keptBefore(List<Waiting> batch) {
        List<Long> uids = batch.stream()
                .map(Waiting::submission)
                .filter(Submission::keyed)
                .map(Submission::uid)
                .toList();
        boolean knowsAll = clock.millis() - loadedAt > Keys.WINDOW.toMillis();
        return knowsAll || uids.isEmpty() ? Future.succeededFuture(Map.of()) : keys.find(uids);
    }

    private boolean isThere(Waiting each, Map<Long, Cursor.At> before) {
        long uid = each.submission().uid();
        RecentUids.Entry loaded = handedOver.find(uid);
        if (loaded != null && loaded.arrival() == EARLIER) {
            each.kept().tryComplete(loaded.place().future().result());
            return true;
        }
        Cursor.At place = before.get(uid);
        if (place != null) {
            each.kept().tryComplete(new Place(place, true));
        }
        return place != null;
    }

    private Future<Void> begin(List<Waiting> batch, long deadline) {
        if (tail instanceof Cursor.Start start) {
            return directory
                    .hasHistory(name)
                    .compose(entered -> write(batch, frames(batch, -1, Frame.NO_TAG, start.time()), deadline, true));
        }
        Cursor.At at = (Cursor.At) tail;
        return write(batch, frames(batch, at.sequence(), at.tag(), -1), deadline, true);
    }

    /** Frames behind a base; before them, unless {@code since} is negative, a genesis frame. */
    private List<Frame> frames(List<Waiting> batch, long base, int baseTag, long since) {
        newestTime = Math.max(newestTime, clock.millis());
        List<Frame> frames = new ArrayList<>(batch.size() + 1);
        int previousTag = baseTag;
        if (since >= 0) {
            long uid = ThreadLocalRandom.current().nextLong();
            frames.add(new Frame(uid, base, 0, previousTag, newestTime, null, since));
            previousTag = Frame.tag(uid);
        }
        for (Waiting each : batch) {
            long uid = each.submission().uid();
            Event event = each.submission().event();
            frames.add(new Frame(uid, base, frames.size(), previousTag, newestTime, event, 0));
            previousTag = Frame.tag(uid);
        }
        return frames;
    }

    /**
     * Appends frames.
     *
     * @param seamless whether they follow what was announced before, so that nobody needs to look at the history
     */
    private Future<Void> write(List<Waiting> batch, List<Frame> frames, long deadline, boolean seamless) {
        return history.append(name, frames).transform(appended -> {
            if (appended.failed()) {
                // It may be there nevertheless: the same frames again do no harm, readers skip the repeat.
                return clock.millis() < deadline
                        ? vertx.timer(RETRY_MILLIS).compose(later -> write(batch, frames, deadline, seamless))
                        : Future.failedFuture(appended.cause());
            }
            long first = appended.result();
            long base = frames.get(0).base();
            if (first == base + 1) {
                List<Numbered> all = numbered(first, frames);
                settle(batch, all, all.get(all.size() - 1).cursor(), seamless);
                return Future.succeededFuture();
            }
            long last = first + frames.size() - 1;
            if (first > base) {
                return readBack(batch, base + 1, last);
            }
            LOG.warn("The history of {} was lost and begins anew", name);
            int lastTag = frames.get(frames.size() - 1).tag();
            // Whatever stands before these frames in the new history, another leader appended; nobody here has seen it.
            boolean alone = seamless && first == 0;
            return write(batch, frames(batch, last, lastTag, clock.millis()), deadline, alone);
        });
    }

    private static List<Numbered> numbered(long first, List<Frame> frames) {
        List<Numbered> numbered = new ArrayList<>(frames.size());
        for (Frame frame : frames) {
            numbered.add(new Numbered(first + numbered.size(), frame));
        }
        return numbered;
    }

    private Future<Void> readBack(List<Waiting> batch, long from, long last) {
        return read(from, last, new ArrayList<>())
                .compose(read -> reader.visible(name, read).map(frames -> {
                    rememberOthers(batch, frames);
                    // Not all that was in between need be there still: the nodes look at the history themselves.
                    settle(batch, frames, read.get(read.size() - 1).cursor(), false);
                    return null;
                }));
    }

    /** What another leader has appended: its publishers may not have heard of it, and come again. */
    private void rememberOthers(List<Waiting> batch, List<Numbered> frames) {
        Set<Long> ours = batch.stream().map(each -> each.submission().uid()).collect(Collectors.toSet());
        frames.stream().filter(each -> !ours.contains(each.frame().uid())).forEach(this::remember);
    }

    /** The history has acknowledged these: now they may be announced, then answered. */
    private void settle(List<Waiting> batch, List<Numbered> frames, Cursor.At newest, boolean seamless) {
        List<Numbered> events =
                frames.stream().filter(each -> !each.frame().isGenesis()).toList();
        Cursor before = tail;
        tail = newest;
        if (seamless) {
            announce.accept(listeners, new Announcement(name, before, events, newest));
        } else {
            sayTail();
        }
        lastAnnounced = clock.millis();
        repeats = 0;
        Map<Long, Numbered> places =
                events.stream().collect(Collectors.toMap(each -> each.frame().uid(), Function.identity(), (a, b) -> a));
        for (Waiting each : batch) {
            Numbered found = places.get(each.submission().uid());
            if (found == null) {
                giveUp(each);
                continue;
            }
            Place place = new Place(found.cursor(), false);
            if (each.submission().keyed()) {
                // A leader that takes over before this is done finds the event among the newest of the history.
                keys.keep(each.submission().uid(), place.cursor())
                        .onComplete(noted -> each.kept().tryComplete(place));
            } else {
                each.kept().tryComplete(place);
            }
        }
    }

    /** Says once more how far the history goes: the last announcement of a burst may have been lost without a trace. */
    void repeatTail(long now) {
        if (repeats < REPEAT_TAIL_MILLIS.length && now - lastAnnounced >= REPEAT_TAIL_MILLIS[repeats]) {
            repeats++;
            sayTail();
        }
    }

    /** Says how far the history goes. */
    void sayTail() {
        announce.accept(listeners, new Announcement(name, tail, List.of(), tail));
    }
}
