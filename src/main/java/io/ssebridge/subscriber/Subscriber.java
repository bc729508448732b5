package io.ssebridge.subscriber;

import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One open event stream.
 *
 * <p><b>Owner:</b> the event loop of its request, for every method. The stream is {@linkplain #isOpen open} until the
 * client disconnects or the bridge {@linkplain #close closes} it. Resources that are held for the stream are released
 * in {@link #onClose}. The client may disconnect at any moment, even before the constructor returns.
 */
public final class Subscriber {
    private static final Logger LOG = LoggerFactory.getLogger(Subscriber.class);
    private static final Buffer COMMENT = EventEncoder.comment();

    private final Thread owner = Thread.currentThread();
    private final EventSink out;
    private final List<Runnable> closeHandlers = new ArrayList<>(2);
    private StreamLifetime lifetime;
    private Runnable writableHandler = () -> {};
    private Supplier<Buffer> heartbeat = () -> COMMENT;
    private @Nullable StalledStreams stalled;
    private @Nullable Deliveries deliveries;
    private boolean writing;
    private boolean open = true;
    private boolean begun;
    private boolean warned;
    private boolean full;
    // By the monotonic clock, so any number, even a negative one.
    private long fullSinceMillis;
    private long lastWriteMillis;

    /**
     * Opens a stream after its head has been sent.
     *
     * @param out takes the encoded events
     * @param lifetime when it has to end
     * @param elapsedMillis the monotonic time
     */
    public Subscriber(EventSink out, StreamLifetime lifetime, long elapsedMillis) {
        this.out = out;
        this.lifetime = lifetime;
        this.lastWriteMillis = elapsedMillis;
        out.onWritable(() -> {
            assertHere();
            // A write may fill the sink and empty it again: then nothing has changed.
            if (!writing) {
                taken();
            }
        });
        out.onClose(() -> {
            letGo();
            closed(StreamMeters.CLIENT);
        });
    }

    /**
     * Registers where its bytes are counted.
     *
     * @param stalledOfItsLoop counts them while its sink does not take all of them
     * @param deliveriesOfItsLoop counts what it gets, and its end
     */
    void countIn(StalledStreams stalledOfItsLoop, Deliveries deliveriesOfItsLoop) {
        assertHere();
        stalled = stalledOfItsLoop;
        deliveries = deliveriesOfItsLoop;
    }

    /** Runs when the sink has taken all bytes. */
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

    /** Tells whether the stream has not ended. */
    public boolean isOpen() {
        assertHere();
        return open;
    }

    /**
     * Moves the time at which its token expires. The subscriber is warned again before that time.
     *
     * @param expiresMillis the expiry time of its new token, by the wall clock, in milliseconds since 1970
     */
    public void extend(long expiresMillis) {
        assertHere();
        lifetime = lifetime.withExpiry(expiresMillis);
        warned = false;
    }

    /** Tells whether an event would go to the socket instead of a queue. */
    public boolean isWritable() {
        assertHere();
        return open && out.isWritable();
    }

    /** Returns when its token expires, by the wall clock, in milliseconds since 1970; {@link Long#MAX_VALUE}: never. */
    public long expiresMillis() {
        assertHere();
        return lifetime.expiresMillis();
    }

    /** Returns the monotonic time of the last write, in milliseconds. */
    public long lastWriteElapsedMillis() {
        assertHere();
        return lastWriteMillis;
    }

    /**
     * Sets the handler that runs when the stream takes events again after it was full.
     *
     * @param handler runs on the owner; replaces the one before
     */
    public void onWritable(Runnable handler) {
        assertHere();
        if (open) {
            writableHandler = handler;
        }
    }

    /**
     * Sends this at each heartbeat instead of a comment.
     *
     * @param event makes a whole encoded event; runs on the owner
     */
    public void heartbeat(Supplier<Buffer> event) {
        assertHere();
        heartbeat = event;
    }

    /**
     * Adds a handler that runs once when the stream has ended, for any reason. It runs at once if the stream has ended
     * already.
     *
     * @param handler runs on the owner
     */
    public void onClose(Runnable handler) {
        assertHere();
        if (open) {
            closeHandlers.add(handler);
        } else {
            handler.run();
        }
    }

    /**
     * Writes the first events; before them, only comments are written. If there is no memory for them, the stream ends.
     *
     * @param events whole encoded events
     * @param elapsedMillis the monotonic time
     */
    public void begin(Buffer events, long elapsedMillis) {
        assertHere();
        begun = true;
        try {
            write(events, elapsedMillis);
        } catch (NoDirectMemoryException e) {
            cut();
        }
    }

    /**
     * Writes encoded events that other subscribers may get too.
     *
     * @param batch whole events; the caller keeps the batch and closes it
     * @param elapsedMillis the monotonic time
     */
    public void write(EncodedBatch batch, long elapsedMillis) {
        assertHere();
        if (!open) {
            return;
        }
        lastWriteMillis = elapsedMillis;
        writing = true;
        try {
            out.write(batch);
        } finally {
            writing = false;
        }
        if (deliveries != null) {
            deliveries.add(batch);
        }
        if (!out.isWritable()) {
            if (!full) {
                full = true;
                fullSinceMillis = elapsedMillis;
            }
            if (stalled != null) {
                stalled.hold(this, out.form(batch), out.copies());
            }
        } else if (full) {
            taken();
        }
    }

    /**
     * Writes encoded events for this subscriber only.
     *
     * @param events one or more whole encoded events
     * @param elapsedMillis the monotonic time
     */
    public void write(Buffer events, long elapsedMillis) {
        assertHere();
        try (EncodedBatch own = EncodedBatch.of(events)) {
            write(own, elapsedMillis);
        }
    }

    /**
     * Sends the reason to the client, and ends the stream.
     *
     * @param reason the reason that the client reads
     */
    public void close(CloseReason reason) {
        assertHere();
        if (!open) {
            return;
        }
        try (EncodedBatch last = EncodedBatch.of(reason.frame())) {
            out.write(last);
            out.end();
        } catch (NoDirectMemoryException e) {
            out.abort();
        } catch (RuntimeException e) {
            LOG.error("Could not write the reason for the end of a stream", e);
            out.abort();
        } finally {
            if (out.copies()) {
                // A response that has ended may no longer report the end of its connection.
                letGo();
            }
            closed(reason.word());
        }
    }

    /** Ends the stream at once, without a reason, because it cannot be written to. */
    public void cut() {
        cut(StreamMeters.FAILED);
    }

    /**
     * Ends the stream at once, without a reason for the client: written bytes do not go out any more, or nothing can be
     * written.
     *
     * @param why the reason, for the metrics
     */
    void cut(String why) {
        assertHere();
        try {
            closed(why);
        } finally {
            out.abort();
        }
    }

    private void closed(String why) {
        assertHere();
        if (open) {
            open = false;
            if (deliveries != null) {
                deliveries.closed(why);
            }
            writableHandler = () -> {};
            List<Runnable> handlers = List.copyOf(closeHandlers);
            closeHandlers.clear();
            handlers.forEach(Subscriber::run);
        }
    }

    /** Runs one handler. Each handler releases something else, so a failing one must not stop the others. */
    private static void run(Runnable closeHandler) {
        try {
            closeHandler.run();
        } catch (RuntimeException e) {
            LOG.error("A handler failed at the end of a stream", e);
        }
    }

    /**
     * Does the work that is due: heartbeat, warning, or end.
     *
     * @param elapsedMillis the monotonic time, for intervals
     * @param wallMillis the wall clock, for the token
     */
    void tick(StreamOptions options, long elapsedMillis, long wallMillis) {
        assertHere();
        if (full && elapsedMillis - fullSinceMillis >= options.stalledTimeout().toMillis()) {
            // Written bytes do not go out any more, so the reason would not go out either.
            cut(StreamMeters.STALLED);
        } else if (wallMillis >= lifetime.expiresMillis()) {
            close(CloseReason.TOKEN_EXPIRED);
        } else if (elapsedMillis >= lifetime.endsElapsedMillis()) {
            close(CloseReason.MAX_AGE);
        } else {
            if (begun
                    && !warned
                    && wallMillis
                            >= lifetime.expiresMillis()
                                    - options.warnBeforeExpiry().toMillis()) {
                warned = true;
                write(lifetime.warning(), elapsedMillis);
            }
            if (elapsedMillis - lastWriteMillis >= options.heartbeat().toMillis() && isWritable()) {
                write(heartbeat.get(), elapsedMillis);
            }
        }
    }

    private void assertHere() {
        assert Thread.currentThread() == owner : "called on %s (expected: %s)".formatted(Thread.currentThread(), owner);
    }
}
