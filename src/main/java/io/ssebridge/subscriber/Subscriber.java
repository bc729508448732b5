package io.ssebridge.subscriber;

import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open event stream.
 *
 * <p><b>Owner:</b> the event loop of its request, for every method. It is {@linkplain #isOpen open} until the client
 * goes or the bridge {@linkplain #close closes} it; whoever holds something for it lets go in {@link #onClose}. The client
 * may go at any moment, even before the constructor returns.
 */
public final class Subscriber {
    private static final Logger LOG = LoggerFactory.getLogger(Subscriber.class);
    private static final Buffer HEARTBEAT = EventEncoder.comment();

    private final Thread owner = Thread.currentThread();
    private final EventSink out;
    private final Lifetime lifetime;
    private final List<Runnable> closeHandlers = new ArrayList<>(2);
    private Runnable writableHandler = () -> {};
    private @Nullable StalledStreams stalled;
    private boolean writing;
    private boolean open = true;
    private boolean begun;
    private boolean warned;
    private boolean full;
    // By the monotonic clock: any number, a negative one too.
    private long fullSince;
    private long lastWrite;

    /**
     * Opens a stream whose head has gone out.
     *
     * @param out takes the frames
     * @param lifetime when it has to end
     * @param elapsedMillis the monotonic time
     */
    public Subscriber(EventSink out, Lifetime lifetime, long elapsedMillis) {
        this.out = out;
        this.lifetime = lifetime;
        this.lastWrite = elapsedMillis;
        out.onWritable(() -> {
            assert onOwner();
            // A write may fill the sink and empty it again: that changes nothing.
            if (!writing) {
                taken();
            }
        });
        out.onClose(() -> {
            letGo();
            closed();
        });
    }

    /** Has what it holds counted as long as its sink does not take what is written. */
    void countIn(StalledStreams ofItsLoop) {
        stalled = ofItsLoop;
    }

    /** The sink has taken all. */
    private void taken() {
        full = false;
        letGo();
        writableHandler.run();
    }

    private void letGo() {
        if (stalled != null) {
            stalled.letGo(this);
        }
    }

    /** Whether the stream has not ended. */
    public boolean isOpen() {
        return open;
    }

    /** Whether a frame would go to the socket rather than into a queue. */
    public boolean isWritable() {
        return open && out.isWritable();
    }

    /**
     * Is told when the stream takes frames again after it was full.
     *
     * @param handler runs on the owner; replaces the one before
     */
    public void onWritable(Runnable handler) {
        if (open) {
            writableHandler = handler;
        }
    }

    /**
     * Is told once when the stream has ended, for whatever reason; at once if it has ended already.
     *
     * @param handler runs on the owner
     */
    public void onClose(Runnable handler) {
        assert onOwner();
        if (open) {
            closeHandlers.add(handler);
        } else {
            handler.run();
        }
    }

    /**
     * Writes the first frames; until then there are only comments. Where there is no memory for them the stream ends.
     *
     * @param frames whole frames
     * @param elapsedMillis the monotonic time
     */
    public void begin(Buffer frames, long elapsedMillis) {
        begun = true;
        try {
            write(frames, elapsedMillis);
        } catch (NoDirectMemoryException e) {
            cut();
        }
    }

    /**
     * Writes frames that others may get too.
     *
     * @param frames whole frames; they remain the caller's
     * @param elapsedMillis the monotonic time
     */
    public void write(Frames frames, long elapsedMillis) {
        assert onOwner();
        if (!open) {
            return;
        }
        lastWrite = elapsedMillis;
        writing = true;
        try {
            out.write(frames);
        } finally {
            writing = false;
        }
        if (!out.isWritable()) {
            if (!full) {
                full = true;
                fullSince = elapsedMillis;
            }
            if (stalled != null) {
                stalled.hold(this, frames, out.copies());
            }
        } else if (full) {
            taken();
        }
    }

    /**
     * Writes frames that nobody else gets.
     *
     * @param frames one or more whole frames
     * @param elapsedMillis the monotonic time
     */
    public void write(Buffer frames, long elapsedMillis) {
        try (Frames own = Frames.of(frames)) {
            write(own, elapsedMillis);
        }
    }

    /**
     * Tells the subscriber why, and ends the stream.
     *
     * @param reason what the client reads
     */
    public void close(CloseReason reason) {
        assert onOwner();
        if (!open) {
            return;
        }
        try (Frames last = Frames.of(reason.frame())) {
            out.write(last);
            out.end();
        } catch (NoDirectMemoryException e) {
            out.abort();
        } catch (RuntimeException e) {
            LOG.error("A stream could not be told why it ends", e);
            out.abort();
        } finally {
            if (out.copies()) {
                // A response that has ended may not tell of its connection any more.
                letGo();
            }
            closed();
        }
    }

    /** Ends the stream at once, without a word: nothing that is written to it goes out, or nothing can be written. */
    public void cut() {
        assert onOwner();
        try {
            closed();
        } finally {
            out.abort();
        }
    }

    private void closed() {
        assert onOwner();
        if (open) {
            open = false;
            writableHandler = () -> {};
            List<Runnable> handlers = List.copyOf(closeHandlers);
            closeHandlers.clear();
            handlers.forEach(Subscriber::run);
        }
    }

    /** Each of them lets go of something else: one that fails must not keep the others from it. */
    private static void run(Runnable closeHandler) {
        try {
            closeHandler.run();
        } catch (RuntimeException e) {
            LOG.error("Something was not let go of at the end of a stream", e);
        }
    }

    /**
     * Does what the passing of time asks for: heartbeat, warning, end.
     *
     * @param elapsedMillis the monotonic time, for intervals
     * @param millis the wall clock, for the token
     */
    void tick(StreamOptions options, long elapsedMillis, long millis) {
        if (full && elapsedMillis - fullSince >= options.stalledTimeout().toMillis()) {
            // Nothing written goes out any more, so the reason could not either.
            cut();
        } else if (millis >= lifetime.expiresMillis()) {
            close(CloseReason.TOKEN_EXPIRED);
        } else if (elapsedMillis >= lifetime.endsElapsedMillis()) {
            close(CloseReason.MAX_AGE);
        } else {
            if (begun
                    && !warned
                    && millis
                            >= lifetime.expiresMillis()
                                    - options.warnBeforeExpiry().toMillis()) {
                warned = true;
                write(lifetime.warning(), elapsedMillis);
            }
            if (elapsedMillis - lastWrite >= options.heartbeat().toMillis() && isWritable()) {
                write(HEARTBEAT, elapsedMillis);
            }
        }
    }

    private boolean onOwner() {
        return Thread.currentThread() == owner;
    }
}
