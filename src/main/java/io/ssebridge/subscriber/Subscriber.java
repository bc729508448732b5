package io.ssebridge.subscriber;

import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One open event stream.
 *
 * <p><b>Owner:</b> the event loop of its request, for every method. It is {@linkplain #isOpen open} until the client
 * goes or the bridge {@linkplain #close closes} it; whoever holds something for it lets go in {@link #onClose}.
 */
public final class Subscriber {
    private static final Buffer HEARTBEAT = EventEncoder.comment();

    private final Thread owner = Thread.currentThread();
    private final EventSink out;
    private final Lifetime lifetime;
    private final List<Runnable> closeHandlers = new ArrayList<>(2);
    private Runnable writableHandler = () -> {};
    private boolean open = true;
    private boolean begun;
    private boolean warned;
    private long lastWrite;
    private long fullSince = -1;

    /**
     * Opens a stream whose head is already under way.
     *
     * @param out takes the frames
     * @param lifetime when it has to end
     * @param now the time, in milliseconds
     */
    public Subscriber(EventSink out, Lifetime lifetime, long now) {
        this.out = out;
        this.lifetime = lifetime;
        this.lastWrite = now;
        out.onWritable(() -> {
            assert onOwner();
            fullSince = -1;
            writableHandler.run();
        });
        out.onClose(this::closed);
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
        writableHandler = handler;
    }

    /**
     * Is told once when the stream has ended, for whatever reason.
     *
     * @param handler runs on the owner
     */
    public void onClose(Runnable handler) {
        closeHandlers.add(handler);
    }

    /**
     * Writes the first frames; until then there are only comments.
     *
     * @param frames whole frames
     * @param now the time, in milliseconds
     */
    public void begin(Buffer frames, long now) {
        begun = true;
        write(frames, now);
    }

    /**
     * Writes frames that others may get too.
     *
     * @param frames whole frames; they remain the caller's
     * @param now the time, in milliseconds
     */
    public void write(Frames frames, long now) {
        assert onOwner();
        if (!open) {
            return;
        }
        lastWrite = now;
        out.write(frames);
        if (fullSince < 0 && !out.isWritable()) {
            fullSince = now;
        }
    }

    /**
     * Writes frames that nobody else gets.
     *
     * @param frames one or more whole frames
     * @param now the time, in milliseconds
     */
    public void write(Buffer frames, long now) {
        try (Frames own = Frames.of(frames)) {
            write(own, now);
        }
    }

    /**
     * Tells the subscriber why, and ends the stream.
     *
     * @param reason what the client reads
     */
    public void close(CloseReason reason) {
        assert onOwner();
        if (open) {
            try (Frames last = Frames.of(reason.frame())) {
                out.write(last);
            }
            out.end();
            closed();
        }
    }

    private void closed() {
        assert onOwner();
        if (open) {
            open = false;
            writableHandler = () -> {};
            closeHandlers.forEach(Runnable::run);
            closeHandlers.clear();
        }
    }

    /** Does what the passing of time asks for: heartbeat, warning, end. */
    void tick(StreamOptions options, long now) {
        if (fullSince >= 0 && now - fullSince >= options.stalledTimeout().toMillis()) {
            // Nothing written goes out any more, so the reason could not either.
            closed();
            out.abort();
        } else if (now >= lifetime.expires()) {
            close(CloseReason.TOKEN_EXPIRED);
        } else if (now >= lifetime.ends()) {
            close(CloseReason.MAX_AGE);
        } else {
            if (begun
                    && !warned
                    && now >= lifetime.expires() - options.warnBeforeExpiry().toMillis()) {
                warned = true;
                write(lifetime.warning(), now);
            }
            if (now - lastWrite >= options.heartbeat().toMillis() && isWritable()) {
                write(HEARTBEAT, now);
            }
        }
    }

    private boolean onOwner() {
        return Thread.currentThread() == owner;
    }
}
