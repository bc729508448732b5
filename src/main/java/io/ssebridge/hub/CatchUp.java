package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.time.NodeClock;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the seats of an {@link Audience} that need an event before its newest ones: reads their events from the
 * history.
 *
 * <p>When a node dies, thousands of subscribers come back with only a few different cursors. Seats with the same cursor
 * share one reading. Its events are encoded once, as pages of one write each, and kept for a short time for seats that
 * need them a little later. Events directly before the newest ones are added to these, so that the next seat needs no
 * reading at all.
 *
 * <p>A seat continues in a loop of its audience, page by page. This class never calls back into that loop while the
 * loop runs, even if a history answers at once.
 *
 * <p><b>Owner:</b> the owner of the audience.
 */
final class CatchUp {
    private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);
    // At most this many seats get the result of a reading before other tasks run.
    private static final int SLICE = 500;
    // A reading should bring the bytes of two writes. Earlier readings show how many frames that is.
    private static final int READING_BYTES = 2 * WriteSize.MAX_BYTES;
    private static final int MAX_ENCODED_BYTES = 1 << 19;
    private static final int FIRST_COUNT = 8;
    private static final int MAX_COUNT = 256;
    private static final int MAX_GROWTH = 4;
    private static final long READ_AGAIN_MILLIS = 500;
    private static final long OVERDUE_MILLIS = Duration.ofSeconds(10).toMillis();
    // The key of a page that begins at the start of a history: less than all sequences.
    private static final long START_KEY = -1;
    // The time of a reading that waits for its turn: such a reading is never overdue.
    private static final long NOT_ASKED = Long.MAX_VALUE;

    private final LoopResources loop;
    private final Owner owner;
    private final ChannelName channel;
    private final HistoryReader history;
    private final EventView view;
    private final RecentEvents recent;
    private final NodeClock clock;
    private final IntSupplier seats;
    private final Consumer<Seat> flush;
    // By the sequence of the cursor before the page.
    private final NavigableMap<Long, Page> pages = new TreeMap<>();
    // By the cursor after which they begin.
    private final Map<Cursor, HistoryReading> readings = new HashMap<>();
    private int count = FIRST_COUNT;

    /** Reads the history until it answers, for all seats that wait for the same events. */
    private static final class HistoryReading {
        private final Cursor from;
        private final List<Seat> waiting = new ArrayList<>(1);
        private long askedMillis;
        private boolean dropped;
        private Turns.@Nullable Turn turn;

        private HistoryReading(Cursor from) {
            this.from = from;
        }

        private void endTurn() {
            if (turn != null) {
                turn.end();
            }
        }

        private void drop() {
            dropped = true;
            endTurn();
        }
    }

    /**
     * The result of a reading.
     *
     * @param pages in order; empty if there are no events yet
     * @param isAhead whether the seats are ahead of the newest announced event here: the next announcement serves them
     */
    private record ReadResult(List<Page> pages, boolean isAhead) {}

    /**
     * Creates a catch-up without any readings.
     *
     * @param view turns the events that are read
     * @param seats the number of seats in the audience
     * @param flush gives a seat its missing events; does not throw
     */
    CatchUp(
            LoopResources loop,
            ChannelName channel,
            EventView view,
            RecentEvents recent,
            IntSupplier seats,
            Consumer<Seat> flush) {
        this.loop = loop;
        this.owner = loop.owner();
        this.channel = channel;
        this.history = loop.history();
        this.clock = loop.clock();
        this.view = view;
        this.recent = recent;
        this.seats = seats;
        this.flush = flush;
    }

    /**
     * Advances a writable seat by one step. It writes a page to the seat, or finds its next event among the newest.
     * Otherwise the seat waits for a reading, after which it is flushed, or for an announcement.
     *
     * @param nowMillis the monotonic time, in milliseconds
     */
    void advance(Seat seat, long nowMillis) {
        owner.assertHere();
        seat.place(recent.find(seat.cursor()));
        if (!seat.isLive()) {
            Map.Entry<Long, Page> found = pages.floorEntry(key(seat.cursor()));
            OptionalInt index = found == null ? OptionalInt.empty() : indexAfter(seat.cursor(), found.getValue());
            if (found == null || index.isEmpty()) {
                read(seat);
            } else {
                write(seat, found.getValue(), index.getAsInt(), nowMillis);
            }
        }
    }

    private static OptionalInt indexAfter(Cursor cursor, Page page) {
        return cursor.equals(page.after()) ? OptionalInt.empty() : page.indexAfter(cursor);
    }

    private static long key(Cursor cursor) {
        return cursor instanceof Cursor.At at ? at.sequence() : START_KEY;
    }

    private void write(Seat seat, Page page, int index, long nowMillis) {
        page.use();
        if (page.isReset() && seat.restart(page.from(0).get(0), recent.tail())) {
            return;
        }
        int size = page.size();
        int done = size;
        if (index < size) {
            if (seat.isPlain() && !page.isSelective()) {
                writeAll(seat, page, index, nowMillis);
            } else {
                done = (int) page.selected(channel).write(seat, index, size, nowMillis);
            }
        }
        seat.move(done == size ? page.after() : page.cursorBefore(done));
        seat.place(recent.find(seat.cursor()));
    }

    private static void writeAll(Seat seat, Page page, int index, long nowMillis) {
        List<EncodedEvent> rest = page.from(index);
        if (!seat.isAlone()) {
            seat.writeNumbered(rest, i -> page.body(index + i), nowMillis);
        } else if (index == 0) {
            seat.subscriber.write(page.batch(), nowMillis);
        } else {
            try (EncodedBatch own =
                    EncodedBatch.of(rest.stream().map(EncodedEvent::alone).toList())) {
                seat.subscriber.write(own, nowMillis);
            }
        }
    }

    private void read(Seat seat) {
        seat.startReading();
        HistoryReading known = readings.get(seat.cursor());
        if (known != null) {
            known.waiting.add(seat);
            return;
        }
        HistoryReading reading = new HistoryReading(seat.cursor());
        reading.waiting.add(seat);
        readings.put(reading.from, reading);
        Future<ReadResult> answer = ask(reading);
        if (answer.succeeded()) {
            // The audience is already in the loop that continues with this seat.
            take(reading, answer.result());
            seat.endReading(answer.result().isAhead());
        } else {
            answer.onComplete(done -> answered(reading, done));
        }
    }

    private Future<ReadResult> ask(HistoryReading reading) {
        return view.equals(EventView.PLAIN) ? askNow(reading) : askInTurn(reading);
    }

    private Future<ReadResult> askInTurn(HistoryReading reading) {
        Promise<ReadResult> answer = Promise.promise();
        Turns.Turn turn = loop.turns().next();
        reading.turn = turn;
        reading.askedMillis = NOT_ASKED;
        turn.begin(() -> askNow(reading).onComplete(done -> {
            turn.end();
            answer.handle(done);
        }));
        return answer.future();
    }

    private Future<ReadResult> askNow(HistoryReading reading) {
        reading.askedMillis = clock.elapsedMillis();
        Cursor to = recent.tail();
        return Owner.attempt(() ->
                history.after(channel, reading.from, to, count).compose(found -> answer(reading.from, to, found)));
    }

    private Future<ReadResult> answer(Cursor from, Cursor to, Found found) {
        if (found instanceof Found.Lost lost) {
            return history.reset(channel, lost.reason(), recent.tail()).map(replay -> {
                loop.meters().reset(lost.reason());
                EncodedEvent reset = EncodedEvent.reset(channel, lost.reason(), replay.cursor());
                return new ReadResult(List.of(new Page(this, from, List.of(reset), replay.cursor())), false);
            });
        }
        Found.ReadFrames good = (Found.ReadFrames) found;
        if (good.cursor().equals(from)) {
            return Future.succeededFuture(new ReadResult(List.of(), to.equals(recent.tail())));
        }
        return view.of(encode(good.frames()), false).map(events -> new ReadResult(pages(from, events, good), false));
    }

    private List<Page> pages(Cursor from, List<EncodedEvent> read, Found.ReadFrames found) {
        List<EncodedEvent> events = bounded(read);
        boolean hasAll = events.size() == found.frames().size();
        Cursor after = hasAll ? found.cursor() : events.get(events.size() - 1).cursor();
        keep(from, events, after);
        return paged(from, events, after);
    }

    /** Encodes events up to a bound. Another reading, which asks for fewer events, reads the rest again. */
    private List<EncodedEvent> encode(List<NumberedFrame> frames) {
        List<EncodedEvent> events = new ArrayList<>(frames.size());
        long bytes = 0;
        for (int i = 0; i < frames.size() && bytes < MAX_ENCODED_BYTES; i++) {
            EncodedEvent encoded = EncodedEvent.of(channel, frames.get(i), true, loop.streams());
            events.add(encoded);
            bytes += encoded.alone().length();
        }
        return events;
    }

    /** Keeps the same bound for events that a view has made, and notes how many fit into a reading. */
    private List<EncodedEvent> bounded(List<EncodedEvent> events) {
        int size = 0;
        long bytes = 0;
        while (size < events.size() && bytes < MAX_ENCODED_BYTES) {
            bytes += events.get(size++).alone().length();
        }
        if (size > 0) {
            long fitting = READING_BYTES * (long) size / bytes;
            count = (int) Math.max(1, Math.min(fitting, Math.min(MAX_COUNT, (long) count * MAX_GROWTH)));
        }
        return events.subList(0, size);
    }

    private List<Page> paged(Cursor from, List<EncodedEvent> events, Cursor after) {
        List<Page> made = new ArrayList<>(2);
        Cursor before = from;
        int next = 0;
        do {
            int first = next;
            List<EncodedEvent> fitting =
                    Batches.fitting(first, events.size(), number -> events.get((int) number), true);
            next = first + fitting.size();
            Cursor reached =
                    next == events.size() ? after : events.get(next - 1).cursor();
            made.add(new Page(this, before, fitting, reached));
            before = reached;
        } while (next < events.size());
        return made;
    }

    private void answered(HistoryReading reading, AsyncResult<ReadResult> done) {
        if (reading.dropped) {
            return;
        }
        if (done.failed()) {
            loop.failures()
                    .log(() -> LOG.warn(
                            "Cannot read the history of {}: {} (said at most once a minute)",
                            channel,
                            done.cause().toString()));
            owner.after(READ_AGAIN_MILLIS, () -> {
                if (!reading.dropped) {
                    ask(reading).onComplete(again -> answered(reading, again));
                }
            });
            return;
        }
        try {
            take(reading, done.result());
        } finally {
            resume(reading.waiting, 0, done.result().isAhead());
        }
    }

    private void take(HistoryReading reading, ReadResult answer) {
        readings.remove(reading.from);
        // The first page is added last, so that it is not dropped in favour of the others.
        for (int i = answer.pages().size() - 1; i >= 0; i--) {
            Page page = answer.pages().get(i);
            Page replaced = pages.put(key(page.from()), page);
            if (replaced != null) {
                loop.pages().remove(replaced);
            }
            loop.pages().add(page);
        }
    }

    private void resume(List<Seat> waiting, int from, boolean ahead) {
        int until = Math.min(from + SLICE, waiting.size());
        for (Seat seat : waiting.subList(from, until)) {
            seat.endReading(ahead);
            flush.accept(seat);
        }
        if (until < waiting.size()) {
            owner.run(() -> resume(waiting, until, ahead));
        }
    }

    /**
     * Adds the events that were read to the front of the newest ones, if they end exactly where these begin. It adds
     * only as many as there is spare room for.
     */
    private void keep(Cursor from, List<EncodedEvent> read, Cursor after) {
        int end = read.size();
        while (end > 0 && !after.equals(recent.head()) && !isBeforeNewest(read.get(end - 1))) {
            end--;
        }
        for (int i = end - 1; i >= 0 && recent.hasSpareRoom(seats.getAsInt()); i--) {
            recent.addFirst(i == 0 ? from : read.get(i - 1).cursor(), read.get(i));
        }
    }

    private boolean isBeforeNewest(EncodedEvent encoded) {
        return encoded.cursor().equals(recent.head());
    }

    /** Removes a page that has been dropped. */
    void forget(Page page) {
        owner.assertHere();
        pages.remove(key(page.from()), page);
    }

    /** Tells whether a reading is in flight. */
    boolean isReading() {
        owner.assertHere();
        return !readings.isEmpty();
    }

    /**
     * Drops the readings with answers that are long overdue, so that their seats read again; tells whether there were any.
     */
    boolean dropOverdue() {
        owner.assertHere();
        long nowMillis = clock.elapsedMillis();
        List<HistoryReading> overdue = readings.values().stream()
                .filter(each -> nowMillis - each.askedMillis >= OVERDUE_MILLIS)
                .toList();
        for (HistoryReading each : overdue) {
            each.drop();
            readings.remove(each.from);
            resume(each.waiting, 0, false);
        }
        return !overdue.isEmpty();
    }

    /** Drops all pages and readings, and the seats that wait for them. */
    void clear() {
        owner.assertHere();
        readings.values().forEach(HistoryReading::drop);
        readings.clear();
        clearPages();
    }

    /** Drops all pages. */
    void clearPages() {
        owner.assertHere();
        pages.clear();
        loop.pages().dropAll(this);
    }
}
