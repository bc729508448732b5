package io.ssebridge.subscriber;

import io.ssebridge.event.EventEncoder;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.WriteStream;
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
    private final WriteStream<Buffer> out;
    private final Runnable abort;
    private final Lifetime lifetime;
    private final List<Runnable> closeHandlers = new ArrayList<>(2);
    private Runnable writableHandler = () -> {};
    private boolean open = true;
    private boolean warned;
    private long lastWrite;
    private long fullSince = -1;

    /**
     * Opens a stream whose head is already under way.
     *
     * @param out takes the frames
     * @param abort ends the connection at once, whatever is still under way
     * @param lifetime when it has to end
     * @param now the time, in milliseconds
     */
    public Subscriber(WriteStream<Buffer> out, Runnable abort, Lifetime lifetime, long now) {
        this.out = out;
        this.abort = abort;
        this.lifetime = lifetime;
        this.lastWrite = now;
        out.drainHandler(drained -> {
            assert onOwner();
            fullSince = -1;
            writableHandler.run();
        });
    }

    /** Whether the stream has not ended. */
    public boolean isOpen() {
        return open;
    }

    /** Whether a frame would go to the socket rather than into a queue. */
    public boolean isWritable() {
        return open && !out.writeQueueFull();
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
     * Writes frames; they may be shared, and are not changed.
     *
     * @param frames one or more whole frames
     * @param now the time, in milliseconds
     */
    public void write(Buffer frames, long now) {
        assert onOwner();
        if (!open) {
            return;
        }
        lastWrite = now;
        // A failed write is followed by the close handler: nothing to add to it here.
        out.write(frames);
        if (fullSince < 0 && out.writeQueueFull()) {
            fullSince = now;
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
            out.write(reason.frame());
            out.end();
            closed();
        }
    }

    /** The stream has ended: called by whoever sees the client go. */
    public void closed() {
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
            abort.run();
        } else if (now >= lifetime.expires()) {
            close(CloseReason.TOKEN_EXPIRED);
        } else if (now >= lifetime.ends()) {
            close(CloseReason.MAX_AGE);
        } else {
            if (!warned
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
