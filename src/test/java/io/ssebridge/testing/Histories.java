package io.ssebridge.testing;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.History;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;
import java.util.stream.LongStream;

/** Frames and rules for tests that look into histories. */
public final class Histories {
    private static final long GENESIS = 1L << 40;

    private Histories() {}

    /** One rule for all channels. */
    public static ChannelRules rules(int size, Duration ttl) {
        return new ChannelRules(List.of(rule("**", size, ttl)));
    }

    /** A rule without an address. */
    public static ChannelRule rule(String channel, int size, Duration ttl) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                new Retention(size, ttl),
                Duration.ZERO,
                0);
    }

    /** An event's frame; its text is the uid. */
    public static Frame event(long uid, long base, int index, int previousTag, long timeMillis) {
        return new EventFrame(uid, base, index, previousTag, timeMillis, new Event(null, Long.toString(uid), null));
    }

    /** A frame that begins a history. */
    public static Frame genesis(long uid, long base, int previousTag, long timeMillis, long sinceMillis) {
        return new GenesisFrame(uid, base, previousTag, timeMillis, sinceMillis);
    }

    /** Appends events as a leader does that knows the history; after a genesis frame if the history is empty. */
    public static void append(History history, ChannelName channel, long timeMillis, long... uids) {
        append(history, channel, timeMillis, uid -> new Event(null, Long.toString(uid), null), uids);
    }

    /** Appends an event of a text of its own, in the same way. */
    public static void append(History history, ChannelName channel, long timeMillis, Event event, long uid) {
        append(history, channel, timeMillis, any -> event, uid);
    }

    private static void append(
            History history, ChannelName channel, long timeMillis, LongFunction<Event> event, long... uids) {
        History.Extent extent = result(history.extent(channel));
        List<Frame> frames = new ArrayList<>();
        int previousTag = Frame.NO_TAG;
        if (extent.isEmpty()) {
            frames.add(genesis(GENESIS, -1, previousTag, timeMillis, 0));
            previousTag = frames.get(0).tag();
        } else {
            previousTag = result(history.read(channel, extent.tail(), 1))
                    .get(0)
                    .frame()
                    .tag();
        }
        for (long uid : uids) {
            frames.add(new EventFrame(uid, extent.tail(), frames.size(), previousTag, timeMillis, event.apply(uid)));
            previousTag = Frame.tag(previousTag, uid);
        }
        result(history.append(channel, frames));
    }

    /**
     * The cursor after the last of some events that {@link #append} has appended to an empty history.
     *
     * @param uids their uids
     */
    public static Cursor.At afterEvents(long... uids) {
        int tag = Frame.tag(Frame.NO_TAG, GENESIS);
        for (long uid : uids) {
            tag = Frame.tag(tag, uid);
        }
        return new Cursor.At(uids.length, tag);
    }

    /**
     * The same where each event's uid is its sequence.
     *
     * @param sequence of the last event
     */
    public static Cursor.At afterEvent(long sequence) {
        return afterEvents(LongStream.rangeClosed(1, sequence).toArray());
    }

    /**
     * The cursor after a frame that a history has.
     *
     * @param sequence the frame's sequence
     * @param uid its uid
     */
    public static Cursor.At found(History history, ChannelName channel, long sequence, long uid) {
        NumberedFrame frame = result(history.read(channel, sequence, 1)).get(0);
        if (frame.sequence() != sequence || frame.frame().uid() != uid) {
            throw new AssertionError("%d, %d is not there: %s".formatted(sequence, uid, frame));
        }
        return frame.cursor();
    }

    // On an event loop, code may not wait, and does not need to: there the history is one in memory.
    private static <T> T result(Future<T> future) {
        return future.isComplete() ? future.result() : future.await();
    }
}
