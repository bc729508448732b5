package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.Future;
import java.util.List;

/** Chooses the history of a channel by its rule: one that keeps frames, or {@link NoHistory}. Any thread. */
public final class HistoryByRule implements History {
    private final ChannelRules rules;
    private final History kept;
    private final History liveOnly = new NoHistory();

    /**
     * Creates a history that follows the rules.
     *
     * @param rules the rules
     * @param kept the history of the channels that keep frames
     */
    public HistoryByRule(ChannelRules rules, History kept) {
        this.rules = rules;
        this.kept = kept;
    }

    @Override
    public boolean exists(ChannelName channel) {
        return of(channel).exists(channel);
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return of(channel).extent(channel);
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        return of(channel).append(channel, frames);
    }

    @Override
    public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
        return of(channel).read(channel, from, max);
    }

    @Override
    public Future<Void> destroy(ChannelName channel) {
        return of(channel).destroy(channel);
    }

    private History of(ChannelName channel) {
        return rules.retention(channel).isNone() ? liveOnly : kept;
    }
}
