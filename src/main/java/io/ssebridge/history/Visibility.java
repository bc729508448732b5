package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Selects the frames of a history that subscribers get. Genesis frames, void frames and duplicates are left out; {@link
 * HistoryReader} defines these. Any thread; answers come on the caller's context.
 */
final class Visibility {
    private static final int CHUNK = 64;

    private final History history;

    Visibility(History history) {
        this.history = history;
    }

    /**
     * Returns the frames that subscribers get, among the given ones.
     *
     * @param channel the channel
     * @param frames frames with consecutive sequences
     */
    Future<List<NumberedFrame>> visible(ChannelName channel, List<NumberedFrame> frames) {
        List<NumberedFrame> late = frames.stream().filter(Visibility::isLate).toList();
        if (late.isEmpty()) {
            return Future.succeededFuture(
                    frames.stream().filter(Visibility::isPlain).toList());
        }
        Map<Long, List<Long>> sequences = new HashMap<>();
        late.forEach(each -> sequences.put(each.frame().uid(), new ArrayList<>(2)));
        note(frames, sequences);
        long from =
                late.stream().mapToLong(each -> each.frame().base() + 1).min().orElse(0);
        return find(channel, from, frames.get(0).sequence(), sequences)
                .map(found -> frames.stream()
                        .filter(Visibility::isPlain)
                        .filter(each -> !isLate(each) || !isRepeat(each, sequences))
                        .toList());
    }

    /** Finds these uids in a range of the history, which may need several readings. */
    private Future<Boolean> find(ChannelName channel, long from, long end, Map<Long, List<Long>> sequences) {
        long[] next = {from};
        return AsyncLoop.run(() -> next[0] >= end
                ? Future.succeededFuture(Optional.of(true))
                : history.read(channel, next[0], (int) Math.min(end - next[0], CHUNK))
                        .map(read -> {
                            note(
                                    read.stream()
                                            .filter(each -> each.sequence() < end)
                                            .toList(),
                                    sequences);
                            next[0] = read.isEmpty()
                                    ? end
                                    : read.get(read.size() - 1).sequence() + 1;
                            return Optional.empty();
                        }));
    }

    // A void frame does not count as the first of its uid: the frame that repeats it counts.
    private static void note(List<NumberedFrame> frames, Map<Long, List<Long>> sequences) {
        for (NumberedFrame each : frames) {
            List<Long> known = sequences.get(each.frame().uid());
            if (known != null && isPlain(each)) {
                known.add(each.sequence());
            }
        }
    }

    private static boolean isPlain(NumberedFrame each) {
        return each.frame() instanceof EventFrame
                && each.sequence() >= each.frame().expectedSequence();
    }

    private static boolean isLate(NumberedFrame each) {
        return each.sequence() > each.frame().expectedSequence();
    }

    private static boolean isRepeat(NumberedFrame each, Map<Long, List<Long>> sequences) {
        return sequences.getOrDefault(each.frame().uid(), List.of()).stream()
                .anyMatch(other -> other > each.frame().base() && other < each.sequence());
    }
}
