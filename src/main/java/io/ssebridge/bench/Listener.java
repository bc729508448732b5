package io.ssebridge.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** One subscriber and its checks. <b>Owner:</b> its {@link ListenerLoop}. */
final class Listener implements Payload.Receiver {
    private final Load load;
    private final Tally tally;
    private final int channel;
    private final boolean stalled;
    private final byte[] request;
    private final EventScanner events;
    private final ResponseScanner response;
    // The number of the next event of each publisher on the channel.
    private final int[] next;
    private boolean open;
    private boolean refused;
    private long nowNanos;
    private long heardNanos;

    Listener(Load load, Target target, Tally tally, int channel, boolean stalled, byte[] request) {
        this.load = load;
        this.tally = tally;
        this.channel = channel;
        this.stalled = stalled;
        this.request = request;
        this.next = new int[load.publishersOfAChannel()];
        this.events = new EventScanner(load.size(), target.awaited().getBytes(StandardCharsets.UTF_8), this);
        this.response = new ResponseScanner(events::feed);
    }

    /** Starts the connection. */
    void connect(Selector selector, InetAddress from, InetSocketAddress to) throws IOException {
        SocketChannel socket = SocketChannel.open();
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        // The connection ends with a TCP reset: otherwise ten thousand ports in TIME_WAIT would be unusable in the next
        // run.
        socket.setOption(StandardSocketOptions.SO_LINGER, 0);
        socket.bind(new InetSocketAddress(from, 0));
        boolean connected = socket.connect(to);
        SelectionKey key = socket.register(selector, connected ? 0 : SelectionKey.OP_CONNECT, this);
        if (connected) {
            ask(key);
        }
    }

    /** Finishes the connection and sends the request; throws if the connection has failed. */
    void finishConnect(SelectionKey key) throws IOException {
        if (((SocketChannel) key.channel()).finishConnect()) {
            ask(key);
        }
    }

    private void ask(SelectionKey key) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(request);
        int written = ((SocketChannel) key.channel()).write(bytes);
        if (written < request.length) {
            throw new IOException("a fresh connection does not take a request of %d bytes".formatted(request.length));
        }
        key.interestOps(SelectionKey.OP_READ);
    }

    /**
     * Reads the available bytes: into {@code direct}, which the kernel fills without a copy, and then into {@code
     * bytes}.
     */
    void read(SelectionKey key, ByteBuffer direct, byte[] bytes) throws IOException {
        direct.clear();
        int count = ((SocketChannel) key.channel()).read(direct);
        if (count < 0) {
            throw new IOException("the server has ended the stream");
        }
        nowNanos = System.nanoTime();
        int resetsBefore = events.resets();
        direct.flip().get(bytes, 0, count);
        response.feed(bytes, 0, count);
        if (!open && response.status() == 200 && events.isOpen()) {
            open = true;
            heardNanos = nowNanos;
            tally.addOpen();
            if (stalled) {
                key.interestOps(0);
            }
        } else if (!refused && response.status() > 0 && response.status() != 200) {
            refused = true;
            tally.addRefused();
        }
        heard(nowNanos);
        if (events.resets() > resetsBefore) {
            tally.addResets(events.resets() - resetsBefore);
        }
    }

    private void heard(long atNanos) {
        if (open && !stalled) {
            tally.silent(atNanos - heardNanos);
            heardNanos = atNanos;
        }
    }

    @Override
    public void received(int publisher, int number, long dueNanos) {
        int index = load.index(publisher);
        next[index] = tally.received(number, next[index], dueNanos, nowNanos);
    }

    /**
     * Counts the missing events at the end of the run. The number of sent events of each publisher on the channel is
     * known.
     *
     * @param endNanos the time of the end, of {@link System#nanoTime}
     */
    void finish(Sent sent, long endNanos) {
        if (stalled) {
            return;
        }
        heard(endNanos);
        for (int publisher = 0; publisher < load.publishers(); publisher++) {
            int count = sent.count(publisher, channel);
            if (count > 0) {
                tally.addUnfinished(Math.max(0, count - next[load.index(publisher)]));
            }
        }
    }

    boolean isOpen() {
        return open;
    }
}
