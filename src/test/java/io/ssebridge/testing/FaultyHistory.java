package io.ssebridge.testing;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Frame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.history.History;
import io.ssebridge.history.MemoryHistory;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * A history that goes wrong as told: each append and each read takes the next fault, if there is one. Owner: one thread.
 */
public final class FaultyHistory implements History {
    private static final int MOST_READ_AT_ONCE = 1_000;

    private final ChannelRules rules;
    private final Deque<Function<Supplier<Future<Long>>, Future<Long>>> appends = new ConcurrentLinkedDeque<>();
    private final Deque<Function<Supplier<Future<List<NumberedFrame>>>, Future<List<NumberedFrame>>>> reads =
            new ConcurrentLinkedDeque<>();
    private final List<Integer> batches = new CopyOnWriteArrayList<>();
    private int readings;
    private int framesRead;
    private History kept;

    /** Nothing goes wrong yet. */
    public FaultyHistory(ChannelRules rules) {
        this.rules = rules;
        this.kept = new MemoryHistory(rules);
    }

    /** The history without its faults. */
    public History kept() {
        return kept;
    }

    /** All is lost. */
    public void lose() {
        kept = new MemoryHistory(rules);
    }

    /** The action that replaces the next append; it is given the append itself. */
    public void nextAppend(Function<Supplier<Future<Long>>, Future<Long>> fault) {
        appends.add(fault);
    }

    /** The action that replaces the next read. */
    public void nextRead(Function<Supplier<Future<List<NumberedFrame>>>, Future<List<NumberedFrame>>> fault) {
        reads.add(fault);
    }

    /** The next append is not made. */
    public void failNextAppend() {
        nextAppend(append -> Future.failedFuture("not applied"));
    }

    /** The next append is made, and its answer is lost. */
    public void loseNextAnswer() {
        nextAppend(append -> append.get().compose(first -> Future.failedFuture("applied, not answered")));
    }

    /** An action of another node right before the next append. */
    public void beforeNextAppend(Runnable step) {
        nextAppend(append -> {
            step.run();
            return append.get();
        });
    }

    /** The next append is made, and its answer waits. */
    public Promise<Void> holdNextAnswer() {
        Promise<Void> gate = Promise.promise();
        nextAppend(append -> {
            Future<Long> first = append.get();
            return OnContext.onCaller(gate.future()).compose(open -> first);
        });
        return gate;
    }

    /** The next append waits. */
    public Promise<Void> holdNextAppend() {
        Promise<Void> gate = Promise.promise();
        nextAppend(append -> OnContext.onCaller(gate.future()).compose(open -> append.get()));
        return gate;
    }

    /** How many frames came with each append. */
    public List<Integer> batches() {
        return batches;
    }

    /** How often it has been read. */
    public int readings() {
        return readings;
    }

    /** How many frames reads have brought since this was asked before. */
    public int framesRead() {
        int frames = framesRead;
        framesRead = 0;
        return frames;
    }

    @Override
    public boolean exists(ChannelName channel) {
        return kept.exists(channel);
    }

    @Override
    public Future<Extent> extent(ChannelName channel) {
        return kept.extent(channel);
    }

    @Override
    public Future<Long> append(ChannelName channel, List<Frame> frames) {
        batches.add(frames.size());
        Supplier<Future<Long>> append = () -> kept.append(channel, frames);
        return appends.isEmpty() ? append.get() : appends.remove().apply(append);
    }

    // As a ring in the cluster: no more than a thousand at once.
    @Override
    public Future<List<NumberedFrame>> read(ChannelName channel, long from, int max) {
        readings++;
        Supplier<Future<List<NumberedFrame>>> read = () -> kept.read(channel, from, Math.min(max, MOST_READ_AT_ONCE));
        return (reads.isEmpty() ? read.get() : reads.remove().apply(read))
                .onSuccess(frames -> framesRead += frames.size());
    }

    @Override
    public Future<Void> destroy(ChannelName channel) {
        return kept.destroy(channel);
    }
}
