package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.HistoryReader.EventPage;
import io.ssebridge.history.HistoryReader.Found;
import io.ssebridge.history.ReadingQueue.Turn;
import io.ssebridge.history.Replay.Reason;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads one page of a history, and at most one event more, which shows that there are more events. If the history has
 * been slow, the page ends after the first late answer.
 *
 * <p><b>Owner:</b> the context that reads.
 */
final class PageReading {
    private static final int MAX_READ = 64;
    private static final int MAX_RESETS = 3;
    // A reader that gets none of the events must not have the whole history read for one page.
    private static final int MAX_EXAMINED_BYTES = 4 * HistoryReader.PAGE_BYTES;

    private final HistoryReader history;
    private final ChannelName channel;
    private final Cursor tail;
    private final int limit;
    private final Turn turn;
    private final EventFilter filter;
    private final FrameView view;
    private final List<NumberedFrame> events = new ArrayList<>();
    private Cursor cursor;
    // After the last event that is in the page, or that the reader does not get.
    private Cursor end;
    private Optional<Reason> reset;
    private long bytes;
    private long examinedBytes;
    private boolean selective;
    private int resets;

    PageReading(
            HistoryReader history,
            ChannelName channel,
            Replay start,
            Cursor tail,
            int limit,
            Turn turn,
            EventFilter filter,
            FrameView view) {
        this.history = history;
        this.channel = channel;
        this.cursor = start.cursor();
        this.end = start.cursor();
        this.filter = filter;
        this.view = view;
        this.selective = view.isPersonal();
        this.reset = start.reset();
        this.tail = tail;
        this.limit = limit;
        this.turn = turn;
    }

    Future<EventPage> run() {
        return AsyncLoop.run(this::step);
    }

    private Future<Optional<EventPage>> step() {
        int wanted = Math.min(MAX_READ, limit - events.size() + 1);
        return history.after(channel, cursor, tail, wanted)
                .compose(found -> found instanceof Found.ReadFrames frames
                        ? view.of(frames.frames()).map(seen -> add(seen, frames.cursor()))
                        : startAgain(((Found.Lost) found).reason()));
    }

    private Optional<EventPage> add(List<NumberedFrame> frames, Cursor after) {
        for (NumberedFrame event : frames) {
            if (history.isKept(channel, event)) {
                selective |= event.event().selector() != null;
                int more = BoundedHistory.bytes(event.frame());
                if (filter.accepts(event.event())) {
                    bytes += more;
                    if (events.size() == limit || (bytes > HistoryReader.PAGE_BYTES && !events.isEmpty())) {
                        return page(true);
                    }
                    events.add(event);
                }
                end = event.cursor();
                examinedBytes += more;
                if (examinedBytes > MAX_EXAMINED_BYTES) {
                    return page(!end.equals(tail));
                }
            }
        }
        boolean atTheEnd = after.equals(cursor) || after.equals(tail);
        cursor = after;
        if (atTheEnd) {
            return page(false);
        }
        boolean mayGoOn = turn.goesOn(bytes);
        // A page that depends on the reader may be empty.
        return mayGoOn || events.isEmpty() && !selective ? Optional.empty() : page(true);
    }

    private Optional<EventPage> page(boolean more) {
        return Optional.of(new EventPage(List.copyOf(events), more, end, selective, reset));
    }

    /** Starts again at the oldest frame, because the next frame was evicted meanwhile: a page has no gaps. */
    private Future<Optional<EventPage>> startAgain(Reason reason) {
        if (++resets > MAX_RESETS) {
            return Future.failedFuture("the history of %s grows faster than it is read".formatted(channel));
        }
        return history.reset(channel, reason, tail).map(replay -> {
            events.clear();
            bytes = 0;
            examinedBytes = 0;
            cursor = replay.cursor();
            end = replay.cursor();
            reset = replay.reset();
            return Optional.empty();
        });
    }
}
