package io.ssebridge.testing;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.History;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Reads histories in the plainest way, all of them each time: the rules of reading, to compare the quick way with.
 * Owner: one thread, which may wait.
 */
public final class FullReading {
    private FullReading() {}

    /**
     * An event.
     *
     * @param event the event
     * @param before the cursor right before it
     */
    public record Kept(NumberedFrame event, Cursor before) {}

    /**
     * The events that subscribers get, oldest first.
     *
     * @param history where they are
     * @param channel their channel
     * @param tail the newest frame
     * @param kept whether a frame has not expired
     */
    public static List<Kept> retained(History history, ChannelName channel, Cursor tail, Predicate<Frame> kept) {
        if (!(tail instanceof Cursor.At last)) {
            return List.of();
        }
        List<NumberedFrame> frames =
                history.readAll(channel, 0, last.sequence()).await();
        List<Kept> events = new ArrayList<>();
        for (int i = 0; i < frames.size(); i++) {
            NumberedFrame each = frames.get(i);
            if (isVisible(each, frames) && kept.test(each.frame())) {
                int tag = i > 0 ? frames.get(i - 1).frame().tag() : each.frame().previousTag();
                events.add(new Kept(each, new Cursor.At(each.sequence() - 1, tag)));
            }
        }
        return events;
    }

    private static boolean isVisible(NumberedFrame each, List<NumberedFrame> frames) {
        if (!isPlain(each)) {
            return false;
        }
        Frame frame = each.frame();
        return each.sequence() == frame.base() + 1 + frame.index()
                || frames.stream()
                        .filter(FullReading::isPlain)
                        .filter(other -> other.frame().uid() == each.frame().uid())
                        .noneMatch(
                                other -> other.sequence() > each.frame().base() && other.sequence() < each.sequence());
    }

    private static boolean isPlain(NumberedFrame each) {
        Frame frame = each.frame();
        return frame instanceof EventFrame && each.sequence() >= frame.base() + 1 + frame.index();
    }
}
