package io.ssebridge.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** One thread that reads the sockets of all {@link EventStreamReader}s, so that a test can hold thousands. */
final class SocketLoop {
    /** Takes the bytes of one socket, on the loop's thread. */
    interface Handler {
        /** More bytes; the buffer is valid during the call only. */
        void read(ByteBuffer bytes);

        /** Nothing more will come: the peer has finished. */
        void finished();

        /** Nothing more will come: the connection broke. */
        void broken(Exception cause);
    }

    /** The loop of this JVM; its thread is a daemon. */
    static final SocketLoop SHARED = new SocketLoop();

    private final Selector selector;
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024);

    private SocketLoop() {
        try {
            selector = Selector.open();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread thread = new Thread(this::run, "event-stream-readers");
        thread.setDaemon(true);
        thread.start();
    }

    /** Reads a channel from now on. */
    void register(SocketChannel channel, Handler handler) {
        onLoop(() -> {
            try {
                channel.configureBlocking(false);
                channel.register(selector, SelectionKey.OP_READ, handler);
            } catch (IOException e) {
                handler.broken(e);
            }
        });
    }

    /** Stops reading a channel, so that its peer cannot send for long, or goes on. */
    void reading(SocketChannel channel, boolean on) {
        onLoop(() -> {
            SelectionKey key = channel.keyFor(selector);
            if (key != null && key.isValid()) {
                key.interestOps(on ? SelectionKey.OP_READ : 0);
            }
        });
    }

    /** Closes a channel, by FIN or, if its linger time is 0, by RST. */
    void close(SocketChannel channel) {
        onLoop(() -> {
            try {
                // The socket itself goes with the next select, which takes its key away.
                channel.close();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    private void onLoop(Runnable task) {
        tasks.add(task);
        selector.wakeup();
    }

    private void run() {
        while (true) {
            try {
                selector.select(this::ready);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
            }
        }
    }

    private void ready(SelectionKey key) {
        Handler handler = (Handler) key.attachment();
        try {
            buffer.clear();
            int count = ((SocketChannel) key.channel()).read(buffer);
            if (count < 0) {
                key.cancel();
                handler.finished();
            } else {
                handler.read(buffer.flip());
            }
        } catch (IOException | RuntimeException e) {
            // Even if the handler of one response fails, the other sockets must be read on.
            key.cancel();
            handler.broken(e);
        }
    }
}
