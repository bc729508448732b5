package io.ssebridge.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;

/**
 * Publishes over HTTP at a fixed rate that does not depend on the server. Events wait if the server is too slow, and
 * their latency counts from the time at which they were due. Otherwise the slowest moments would not be measured.
 */
final class HttpPublishing implements Publishing {
    private static final int BUFFER_BYTES = 1 << 14;
    private static final int DIGITS = 3;
    private static final long MILLI_NANOS = 1_000_000;
    // A wake-up costs tens of microseconds on the measured machine, so there are at most 10,000 a second.
    private static final long LEAST_PAUSE_NANOS = 100_000;
    // The largest delay before an answer is noticed.
    private static final long LOOK_NANOS = 200_000;
    private static final long ANSWER_MILLIS = 10;

    private final Load load;
    private final Target target;
    private final long originNanos;
    private final Sent sent;
    private final Histogram answers = new Histogram(DIGITS);
    private final byte[] buffer = new byte[BUFFER_BYTES];
    private final AtomicLong accepted = new AtomicLong();
    private final AtomicLong failed = new AtomicLong();
    private volatile String failure = "";
    private int asked;

    /** Creates the publishing. It begins at the origin, in the time of {@link System#nanoTime}. */
    HttpPublishing(Load load, Target target, Sent sent, long originNanos) {
        this.load = load;
        this.target = target;
        this.originNanos = originNanos;
        this.sent = sent;
    }

    @Override
    public void run() {
        try (Selector selector = Selector.open()) {
            Connection[] connections = new Connection[load.publishers()];
            for (int i = 0; i < connections.length; i++) {
                connections[i] = new Connection(i, selector);
            }
            publish(selector, connections);
            for (Connection connection : connections) {
                connection.socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void publish(Selector selector, Connection[] connections) throws IOException {
        long events = load.events();
        long giveUpNanos = originNanos + load.longestNanos();
        long event = 0;
        while (event < events || answered() < events && System.nanoTime() < giveUpNanos) {
            long nowNanos = System.nanoTime() - originNanos;
            while (event < events && load.dueNanos(event) <= nowNanos) {
                connections[load.publisher(event)].add(event);
                event++;
            }
            if (selector.selectNow(this::handle) == 0) {
                long idleNanos = load.dueNanos(event) - (System.nanoTime() - originNanos);
                if (event == events || idleNanos >= ANSWER_MILLIS * MILLI_NANOS) {
                    int unused = selector.select(this::handle, ANSWER_MILLIS);
                } else if (idleNanos >= MILLI_NANOS) {
                    int unused = selector.select(this::handle, idleNanos / MILLI_NANOS);
                } else {
                    long pauseNanos = asked == 0 ? idleNanos : Math.min(idleNanos, LOOK_NANOS);
                    LockSupport.parkNanos(Math.max(pauseNanos, LEAST_PAUSE_NANOS));
                }
            }
        }
        failed.set(events - accepted.get());
    }

    private long answered() {
        return accepted.get() + failed.get();
    }

    private void handle(SelectionKey key) {
        ((Connection) key.attachment()).read();
    }

    @Override
    public long accepted() {
        return accepted.get();
    }

    @Override
    public long failed() {
        return failed.get();
    }

    @Override
    public String failure() {
        return failure;
    }

    @Override
    public Histogram answers() {
        return answers;
    }

    private final class Connection {
        private final int publisher;
        private final SocketChannel socket;
        private final Deque<Long> waiting = new ArrayDeque<>();
        private final StringBuilder text = new StringBuilder();
        private ResponseScanner response = new ResponseScanner((bytes, from, to) -> {});
        private long inFlight = -1;

        Connection(int publisher, Selector selector) throws IOException {
            this.publisher = publisher;
            this.socket = SocketChannel.open(target.address(0));
            socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
            socket.configureBlocking(false);
            var unused = socket.register(selector, SelectionKey.OP_READ, this);
        }

        void add(long event) {
            waiting.add(event);
            if (inFlight < 0) {
                sendNext();
            }
        }

        private void sendNext() {
            if (waiting.isEmpty()) {
                inFlight = -1;
                return;
            }
            inFlight = waiting.remove();
            asked++;
            int channel = load.channel(inFlight);
            byte[] data = Payload.of(publisher, sent.next(publisher, channel), load.dueNanos(inFlight), load.size());
            response = new ResponseScanner(
                    (bytes, from, to) -> text.append(new String(bytes, from, to - from, StandardCharsets.UTF_8)));
            text.setLength(0);
            ByteBuffer request = ByteBuffer.wrap(target.publish(channel, data));
            try {
                // The server reads a request before it answers, so this loop ends soon.
                while (request.hasRemaining()) {
                    int unused = socket.write(request);
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        private void read() {
            try {
                int count = socket.read(ByteBuffer.wrap(buffer));
                if (count < 0) {
                    throw new IOException("the server has closed a publisher's connection");
                }
                response.feed(buffer, 0, count);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (response.isDone()) {
                asked--;
                answers.recordValue(Math.max(0, System.nanoTime() - originNanos - load.dueNanos(inFlight)));
                if (response.status() / 100 == 2) {
                    accepted.incrementAndGet();
                } else {
                    failed.incrementAndGet();
                    failure = response.status() + " " + text;
                }
                sendNext();
            }
        }
    }
}
