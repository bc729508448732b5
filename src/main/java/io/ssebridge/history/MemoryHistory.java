package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Frame;
import io.ssebridge.event.Numbered;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A history in the memory of a node without a cluster. */
public final class MemoryHistory implements History {
    private final ChannelRules rules;
    private final Map<ChannelName, Ring> rings = new ConcurrentHashMap<>();

    /**
     * An empty history.
     *
     * @param rules say how many frames a channel keeps
     */
    public MemoryHistory(ChannelRules rules) {
        this.rules = rules;
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return Future.succeededFuture(ring(channel).extent());
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        return Future.succeededFuture(ring(channel).append(frames));
    }

    @Override
    public Future<List<Numbered>> read(ChannelName channel, long from, int max) {
        return Future.succeededFuture(ring(channel).read(from, max));
    }

    @Override
    public Future<Void> destroy(ChannelName channel) {
        rings.remove(channel);
        return Future.succeededFuture();
    }

    private Ring ring(ChannelName channel) {
        return rings.computeIfAbsent(
                channel, first -> new Ring(rules.retention(channel).size()));
    }

    /** Guarded by itself: reading and appending come from several threads. */
    private static final class Ring {
        private final int capacity;
        private final Deque<Frame> frames = new ArrayDeque<>();
        private long head;

        private Ring(int capacity) {
            this.capacity = capacity;
        }

        private synchronized Extent extent() {
            return new Extent(head, head + frames.size() - 1);
        }

        private synchronized long append(List<Frame> more) {
            long first = head + frames.size();
            for (Frame frame : more) {
                frames.add(frame);
                if (frames.size() > capacity) {
                    frames.remove();
                    head++;
                }
            }
            return first;
        }

        private synchronized List<Numbered> read(long from, int max) {
            List<Numbered> found = new ArrayList<>();
            long sequence = head;
            for (Frame frame : frames) {
                if (sequence >= from && found.size() < max) {
                    found.add(new Numbered(sequence, frame));
                }
                sequence++;
            }
            return List.copyOf(found);
        }
    }
}
