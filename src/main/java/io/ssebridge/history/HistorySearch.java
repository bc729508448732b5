package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFilter;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Finds the frame to begin at, and reads only as many frames as that takes. It stores no frames: only readings in
 * flight are in memory. Any thread; answers come on the caller's context.
 *
 * <p>Each frame has the time of its append. Frames are in the order of their times, with rare exceptions: a leader's
 * clock was set back, or another leader appended in between. Then the search finds a frame close to the right one.
 */
final class HistorySearch {
    private static final int MAX_READ = 64;
    private static final int GALLOP = 8;
    // A page has no more events: a client that asks for more gets only the first of them at once.
    private static final int MAX_COUNTED = 1_000;
    // Each frame of a personalised channel may cost a question to a service.
    private static final int MAX_ASKED = 1_000;

    private final History history;
    private final Visibility visibility;

    HistorySearch(History history, Visibility visibility) {
        this.history = history;
        this.visibility = visibility;
    }

    /**
     * Finds the newest events that a reader gets.
     *
     * <p>Up to {@value #MAX_COUNTED} events are counted one by one. Beyond that, each frame counts, whether the reader gets
     * it or not. So there may be a few events less, and the search reads a few frames only. In a personalised channel it
     * looks at the newest {@value #MAX_ASKED} events only.
     *
     * @param view the frames as the reader sees them
     * @param count the number of events
     * @param filter the events that the reader gets
     * @param old tells whether a frame is too old; frames before it do not count
     * @param tail the newest frame
     * @return where they begin
     */
    Future<Newest> newest(FrameView view, int count, EventFilter filter, Predicate<NumberedFrame> old, Cursor.At tail) {
        if (count == 0) {
            return Future.succeededFuture(new Newest(tail, false));
        }
        return count <= MAX_COUNTED
                ? new Backwards(view, count, filter, old, tail).run()
                : newestFrames(view.channel(), count, old, tail).map(cursor -> new Newest(cursor, false));
    }

    /**
     * The newest events.
     *
     * @param cursor before these events; if there are fewer than asked for, before all of them
     * @param selective whether one of them is only for some readers
     */
    record Newest(Cursor cursor, boolean selective) {}

    private Future<Cursor> newestFrames(ChannelName channel, int count, Predicate<NumberedFrame> old, Cursor.At tail) {
        // The history may be another one than that of the tail, and end earlier.
        return history.extent(channel).compose(extent -> {
            long last = Math.min(tail.sequence(), extent.tail());
            return oldest(channel, each -> each.sequence() <= last - count || old.test(each), tail);
        });
    }

    /**
     * Finds the first event that is not too old.
     *
     * @param channel the channel
     * @param old tells whether a frame is too old; then all frames before it are too old as well
     * @param tail the newest frame
     * @return the cursor before it; {@code tail} if there is no such event
     */
    Future<Cursor> oldest(ChannelName channel, Predicate<NumberedFrame> old, Cursor.At tail) {
        return new Bisection(channel, old, tail.sequence())
                .run()
                .compose(first -> new Forwards(channel, first, old, tail).run());
    }

    // Uses the tag of the frame before if that frame was read. The event's own {@code previousTag} counts only if the
    // frame before is gone: another leader may have appended in between.
    private static Cursor before(FrameSummary event, List<FrameSummary> summaries, int index) {
        return new Cursor.At(
                event.sequence() - 1, index > 0 ? summaries.get(index - 1).tag() : event.previousTag());
    }

    /**
     * The properties of a frame that a search needs, without its event.
     *
     * @param counts whether it is visible, and the reader gets it
     * @param selective whether it is only for some readers
     */
    private record FrameSummary(
            long sequence, int tag, int previousTag, boolean visible, boolean counts, boolean selective, boolean old) {}

    private Future<List<FrameSummary>> summaries(
            FrameView view, List<NumberedFrame> frames, EventFilter filter, Predicate<NumberedFrame> old) {
        return visibility.visible(view.channel(), frames).compose(view::of).map(visible -> {
            Set<Long> seen = new HashSet<>();
            Set<Long> counted = new HashSet<>();
            Set<Long> selective = new HashSet<>();
            visible.forEach(each -> {
                seen.add(each.sequence());
                if (filter.accepts(each.event())) {
                    counted.add(each.sequence());
                }
                if (each.event().selector() != null) {
                    selective.add(each.sequence());
                }
            });
            return frames.stream()
                    .map(each -> new FrameSummary(
                            each.sequence(),
                            each.frame().tag(),
                            each.frame().previousTag(),
                            seen.contains(each.sequence()),
                            counted.contains(each.sequence()),
                            selective.contains(each.sequence()),
                            old.test(each)))
                    .toList();
        });
    }

    private static List<NumberedFrame> until(List<NumberedFrame> read, long last) {
        return read.stream().filter(each -> each.sequence() <= last).toList();
    }

    /** Searches backwards from the tail, some frames at a time. */
    private final class Backwards {
        private final FrameView view;
        private final EventFilter filter;
        private final Predicate<NumberedFrame> old;
        // The newest frame that has not been examined.
        private long last;
        private int missing;
        private int size;
        private Cursor found;
        private boolean selective;
        private int asked;

        private Backwards(FrameView view, int count, EventFilter filter, Predicate<NumberedFrame> old, Cursor.At tail) {
            this.view = view;
            this.filter = filter;
            this.old = old;
            this.last = tail.sequence();
            this.missing = count;
            this.size = Math.min(count, MAX_READ);
            this.found = tail;
        }

        private Future<Newest> run() {
            return AsyncLoop.run(this::step).map(cursor -> new Newest(cursor, selective));
        }

        private Future<Optional<Cursor>> step() {
            // One frame more than is examined: its tag is needed.
            long from = Math.max(0, last - size);
            return stretch(from)
                    .compose(summaries ->
                            summaries.isEmpty() ? atTheEnd(from) : Future.succeededFuture(look(from, summaries)));
        }

        /** Reads the frames from a sequence to the newest one that has not been examined. */
        private Future<List<FrameSummary>> stretch(long from) {
            List<FrameSummary> stretch = new ArrayList<>(size + 1);
            long[] next = {from};
            return AsyncLoop.run(() -> history.read(view.channel(), next[0], (int) (last - next[0] + 1))
                    .compose(read -> summaries(view, until(read, last), filter, old))
                    .map(summaries -> {
                        if (!summaries.isEmpty() && summaries.get(0).sequence() > next[0]) {
                            // The frames before it have been evicted, and perhaps some that were read already.
                            stretch.clear();
                        }
                        stretch.addAll(summaries);
                        next[0] = summaries.isEmpty()
                                ? last + 1
                                : summaries.get(summaries.size() - 1).sequence() + 1;
                        return next[0] > last ? Optional.of(stretch) : Optional.empty();
                    }));
        }

        private Optional<Cursor> look(long from, List<FrameSummary> summaries) {
            boolean all = from == 0 || summaries.get(0).sequence() > from;
            for (int i = summaries.size() - 1; i >= (all ? 0 : 1); i--) {
                FrameSummary summary = summaries.get(i);
                if (summary.visible() && summary.old()) {
                    return Optional.of(found);
                }
                if (summary.counts()) {
                    selective |= summary.selective();
                    found = before(summary, summaries, i);
                    if (--missing == 0) {
                        return Optional.of(found);
                    }
                }
            }
            last = from;
            size = Math.min(MAX_READ, Math.max(8, missing));
            asked += view.isPersonal() ? summaries.size() : 0;
            return all || asked >= MAX_ASKED ? Optional.of(found) : Optional.empty();
        }

        /**
         * Continues when no frames were found. Either all have been evicted meanwhile, or the history is not the one of
         * the tail and ends earlier.
         */
        private Future<Optional<Cursor>> atTheEnd(long from) {
            return history.extent(view.channel()).map(extent -> {
                if (extent.isEmpty() || extent.head() > last || (from == 0 && extent.tail() >= 0)) {
                    return Optional.of(found);
                }
                last = Math.min(from, extent.tail());
                return Optional.empty();
            });
        }
    }

    /**
     * Finds the first frame that is not too old. It goes back from the tail in ever larger steps, and then does a
     * binary search in the last step.
     */
    private final class Bisection {
        private final ChannelName channel;
        private final Predicate<NumberedFrame> old;
        private final long tail;
        private long stride = 1;
        // All frames up to this one are too old or gone.
        private long below = -1;
        // This frame is not too old, or does not exist.
        private long first;
        private boolean halving;

        private Bisection(ChannelName channel, Predicate<NumberedFrame> old, long tail) {
            this.channel = channel;
            this.old = old;
            this.tail = tail;
            this.first = tail + 1;
        }

        private Future<Long> run() {
            return AsyncLoop.run(this::step);
        }

        private Future<Optional<Long>> step() {
            if (first - below <= 1) {
                return Future.succeededFuture(Optional.of(first));
            }
            long look = halving ? below + (first - below) / 2 : next();
            return history.read(channel, look, 1).map(read -> {
                if (read.isEmpty()) {
                    // The history ends before this frame.
                    first = look;
                } else {
                    look(look, read.get(0));
                }
                return Optional.empty();
            });
        }

        private long next() {
            if (first > tail) {
                return tail;
            }
            long look = Math.max(0, tail - stride);
            stride *= GALLOP;
            return look;
        }

        private void look(long wanted, NumberedFrame found) {
            if (old.test(found)) {
                below = found.sequence();
                first = Math.max(first, below + 1);
                halving = true;
            } else {
                first = found.sequence();
                if (first > wanted) {
                    // It is the oldest frame of the history.
                    below = first - 1;
                }
            }
        }
    }

    /** Reads forwards from a frame to the first event that is not too old. */
    private final class Forwards {
        private final ChannelName channel;
        private final FrameView everything;
        private final Predicate<NumberedFrame> old;
        private final Cursor.At tail;
        private long next;
        private int size = 2;
        private List<FrameSummary> previous = List.of();

        private Forwards(ChannelName channel, long first, Predicate<NumberedFrame> old, Cursor.At tail) {
            this.channel = channel;
            this.everything = FrameView.of(PersonalData.NONE, channel, null);
            this.old = old;
            this.tail = tail;
            // One frame more: its tag is needed.
            this.next = Math.max(0, first - 1);
        }

        private Future<Cursor> run() {
            return AsyncLoop.run(() -> next > tail.sequence()
                    ? Future.succeededFuture(Optional.of(tail))
                    : history.read(channel, next, size)
                            .compose(read ->
                                    summaries(everything, until(read, tail.sequence()), EventFilter.EVERYTHING, old))
                            .map(this::look));
        }

        private Optional<Cursor> look(List<FrameSummary> read) {
            if (read.isEmpty()) {
                return Optional.of(tail);
            }
            List<FrameSummary> summaries = new ArrayList<>(read.size() + 1);
            if (read.get(0).sequence() == next) {
                summaries.addAll(previous);
            }
            int known = summaries.size();
            summaries.addAll(read);
            for (int i = known; i < summaries.size(); i++) {
                FrameSummary summary = summaries.get(i);
                if (summary.visible() && !summary.old()) {
                    return Optional.of(before(summary, summaries, i));
                }
            }
            previous = List.of(summaries.get(summaries.size() - 1));
            next = summaries.get(summaries.size() - 1).sequence() + 1;
            size = Math.min(MAX_READ, size * 4);
            return Optional.empty();
        }
    }
}
