package io.ssebridge.testing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Says the numbers from 0 on, one after another on a thread of its own, and remembers which of them were acknowledged and when. Any
 * thread may call; the state is guarded by this object's monitor.
 */
public final class Flow implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    // A dozen flows at a time must leave a node that starts some of the processor.
    private static final Duration BETWEEN_NUMBERS = Duration.ofMillis(10);

    private final String name;
    private final IntPredicate say;
    private final Thread thread;
    private final List<Acknowledged> acknowledged = new ArrayList<>();
    private boolean closed;

    /**
     * A number that was acknowledged.
     *
     * @param number which
     * @param nanos when, as {@link System#nanoTime} tells it
     */
    public record Acknowledged(int number, long nanos) {}

    private Flow(String name, IntPredicate say) {
        this.name = name;
        this.say = say;
        this.thread = new Thread(this::run, "flow " + name);
    }

    /**
     * Starts to say numbers.
     *
     * @param name for messages
     * @param say says one and answers whether it was acknowledged
     */
    public static Flow start(String name, IntPredicate say) {
        Flow flow = new Flow(name, say);
        flow.thread.setDaemon(true);
        flow.thread.start();
        return flow;
    }

    private void run() {
        for (int number = 0; !isClosed(); number++) {
            if (say.test(number)) {
                add(number);
            }
            Pause.of(BETWEEN_NUMBERS);
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized void add(int number) {
        acknowledged.add(new Acknowledged(number, System.nanoTime()));
        notifyAll();
    }

    /** The events acknowledged so far, in order. */
    public synchronized List<Acknowledged> acknowledged() {
        return List.copyOf(acknowledged);
    }

    /**
     * Waits until numbers more have been acknowledged than by now.
     *
     * @param more how many
     */
    public synchronized void awaitMore(int more) {
        int wanted = acknowledged.size() + more;
        if (!Wait.until(this, () -> acknowledged.size() >= wanted, PATIENCE)) {
            throw new AssertionError("flow %s: %d of %d more acknowledged within %s"
                    .formatted(name, acknowledged.size() - wanted + more, more, PATIENCE));
        }
    }

    /** The longest time between two acknowledgements. */
    public synchronized Duration longestPause() {
        long longest = 0;
        for (int i = 1; i < acknowledged.size(); i++) {
            longest = Math.max(
                    longest,
                    acknowledged.get(i).nanos() - acknowledged.get(i - 1).nanos());
        }
        return Duration.ofNanos(longest);
    }

    /** Says no more, once all events in flight have been acknowledged or not. */
    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        try {
            thread.join(PATIENCE.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
