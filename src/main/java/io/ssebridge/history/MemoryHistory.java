package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A history in the memory of a node without a cluster. Any thread: each ring has its own lock. */
public final class MemoryHistory implements History {
    private final ChannelRules rules;
    private final Map<ChannelName, Ring> rings = new ConcurrentHashMap<>();

    /**
     * Creates an empty history.
     *
     * @param rules say how many frames a channel keeps
     */
    public MemoryHistory(ChannelRules rules) {
        this.rules = rules;
    }

    @Override
    public boolean exists(ChannelName channel) {
        return rings.containsKey(channel);
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        Ring ring = rings.get(channel);
        return Future.succeededFuture(ring == null ? new Extent(0, -1) : ring.extent());
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        return Future.succeededFuture(rings.computeIfAbsent(
                        channel, first -> new Ring(rules.retention(channel).size()))
                .append(frames));
    }

    @Override
    public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
        Ring ring = rings.get(channel);
        return Future.succeededFuture(ring == null ? List.of() : ring.read(from, max));
    }

    @Override
    public Future<Void> destroy(ChannelName channel) {
        rings.remove(channel);
        return Future.succeededFuture();
    }

    /** The frames of one channel. It is guarded by its own lock: several threads read and append. */
    private static final class Ring {
        private final int capacity;
        // The index of a frame is its sequence modulo the capacity. Until the capacity is reached, the list grows.
        private final List<Frame> frames = new ArrayList<>();
        private long next;

        private Ring(int capacity) {
            this.capacity = capacity;
        }

        private synchronized Extent extent() {
            return new Extent(head(), next - 1);
        }

        private long head() {
            return Math.max(0, next - capacity);
        }

        private synchronized long append(List<Frame> more) {
            long first = next;
            for (Frame frame : more) {
                if (frames.size() < capacity) {
                    frames.add(frame);
                } else {
                    frames.set((int) (next % capacity), frame);
                }
                next++;
            }
            return first;
        }

        private synchronized List<NumberedFrame> read(long from, int max) {
            long first = Math.max(from, head());
            long end = Math.min(next, first + Math.min(max, capacity));
            List<NumberedFrame> found = new ArrayList<>((int) Math.max(0, end - first));
            for (long sequence = first; sequence < end; sequence++) {
                found.add(new NumberedFrame(sequence, frames.get((int) (sequence % capacity))));
            }
            return Collections.unmodifiableList(found);
        }
    }
}
