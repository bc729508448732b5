package io.ssebridge.testing;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.channel.Retention;
import io.ssebridge.event.Event;
import io.ssebridge.event.Frame;
import io.ssebridge.history.History;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Frames and rules for tests that look into histories. */
public final class Histories {
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
                Duration.ZERO);
    }

    /** An event's frame; its text is the uid. */
    public static Frame event(long uid, long base, int place, int previousTag, long time) {
        return new Frame(uid, base, place, previousTag, time, new Event(null, Long.toString(uid), null), 0);
    }

    /** A frame that begins a history. */
    public static Frame genesis(long uid, long base, int previousTag, long time, long since) {
        return new Frame(uid, base, 0, previousTag, time, null, since);
    }

    /** Appends events as a leader does that is not wrong about the history; behind a genesis frame if there is none. */
    public static void append(History history, ChannelName channel, long time, long... uids) {
        History.Extent extent = result(history.extent(channel));
        List<Frame> frames = new ArrayList<>();
        int previousTag = Frame.NO_TAG;
        if (extent.isEmpty()) {
            frames.add(genesis(1L << 40, -1, previousTag, time, 0));
            previousTag = frames.get(0).tag();
        } else {
            previousTag = result(history.read(channel, extent.tail(), 1))
                    .get(0)
                    .frame()
                    .tag();
        }
        for (long uid : uids) {
            frames.add(event(uid, extent.tail(), frames.size(), previousTag, time));
            previousTag = Frame.tag(uid);
        }
        result(history.append(channel, frames));
    }

    // On an event loop, where nobody may wait, nobody has to either: there the history is one in memory.
    private static <T> T result(Future<T> future) {
        return future.isComplete() ? future.result() : future.await();
    }
}
