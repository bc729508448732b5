package io.ssebridge.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A thread that serves a part of the subscribers.
 *
 * <p>It opens a limited number of connections at a time. It uses several addresses of the loopback network if one
 * address does not have enough ports.
 */
final class ListenerLoop implements Runnable {
    private static final int BUFFER_BYTES = 1 << 18;
    private static final int PER_ADDRESS = 25_000;
    private static final int CONNECTING_AT_ONCE = 256;
    private static final long SELECT_MILLIS = 20;

    private final Target target;
    private final Tally tally;
    private final Deque<IndexedListener> waiting = new ArrayDeque<>();
    private final List<Listener> listeners = new ArrayList<>();
    private final ByteBuffer direct = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private volatile boolean stopped;
    private volatile String failure = "";
    private int begun;

    private record IndexedListener(int number, Listener listener) {}

    ListenerLoop(Target target, Tally tally) {
        this.target = target;
        this.tally = tally;
    }

    /** Adds a subscriber. Call it before the thread starts. */
    void add(int number, Listener listener) {
        waiting.add(new IndexedListener(number, listener));
        listeners.add(listener);
    }

    void stop() {
        stopped = true;
    }

    List<Listener> listeners() {
        return listeners;
    }

    /** Returns the reason of the last failure of a stream, or an empty text. */
    String failure() {
        return failure;
    }

    @Override
    public void run() {
        try (Selector selector = Selector.open()) {
            while (!stopped) {
                connectSome(selector);
                selector.select(this::handle, SELECT_MILLIS);
            }
            for (SelectionKey key : selector.keys()) {
                key.channel().close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void connectSome(Selector selector) {
        while (!waiting.isEmpty() && begun - tally.open() - tally.closed() - tally.refused() < CONNECTING_AT_ONCE) {
            IndexedListener next = waiting.remove();
            begun++;
            try {
                InetAddress from =
                        InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) (1 + next.number() / PER_ADDRESS)});
                next.listener().connect(selector, from, target.address(next.number()));
            } catch (IOException e) {
                failed(e);
            }
        }
    }

    private void handle(SelectionKey key) {
        Listener listener = (Listener) key.attachment();
        try {
            if (key.isConnectable()) {
                listener.finishConnect(key);
            } else if (key.isReadable()) {
                listener.read(key, direct, bytes);
            }
        } catch (IOException | CancelledKeyException e) {
            key.cancel();
            try {
                key.channel().close();
            } catch (IOException ignored) {
                // The socket is not used any more.
            }
            failed(e);
        }
    }

    private void failed(Exception e) {
        failure = String.valueOf(e.getMessage());
        tally.addClosed();
    }
}
