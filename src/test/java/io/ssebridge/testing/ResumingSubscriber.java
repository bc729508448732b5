package io.ssebridge.testing;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A client that comes back as an EventSource does: whenever its stream ends, or nobody answers, it opens the next one with the id of the
 * last event that was complete. Any answer but an event stream with status 200 stops it for good. Thousands fit into a test. Any thread may call; the state is guarded by this object's monitor.
 */
public final class ResumingSubscriber implements AutoCloseable {
    private static final ExecutorService DIALLER = Executors.newFixedThreadPool(4, task -> {
        Thread thread = new Thread(task, "resuming-subscribers");
        thread.setDaemon(true);
        return thread;
    });
    private static final int CONNECT_MILLIS = 2_000;

    private final Supplier<URI> next;
    private final Consumer<ReceivedEvent> onEvent;
    private final Duration pause;
    private final List<String> findings = new ArrayList<>();
    private String lastEventId = "";
    private int opened;
    private boolean closed;
    private boolean stopped;
    private @Nullable Connection connection;

    /**
     * A client that opens its first stream at once.
     *
     * @param next where to connect to, asked before each attempt
     * @param onEvent is given each event, in order, on one thread that all subscribers share
     * @param pause before it connects again
     */
    public ResumingSubscriber(Supplier<URI> next, Consumer<ReceivedEvent> onEvent, Duration pause) {
        this.next = next;
        this.onEvent = onEvent;
        this.pause = pause;
        DIALLER.execute(this::connect);
    }

    /** Flaws that a browser would not forgive, or the bridge must not send: statuses other than 200, flaws of the framing. */
    public synchronized List<String> findings() {
        return List.copyOf(findings);
    }

    /** Whether an answer has stopped it for good. */
    public synchronized boolean isStopped() {
        return stopped;
    }

    /** How many streams have begun with {@code stream-open}. */
    public synchronized int opened() {
        return opened;
    }

    /** Whether it has a stream that has begun with {@code stream-open} and has not ended. */
    public synchronized boolean isOpen() {
        return connection != null && connection.begun;
    }

    /** The {@code Last-Event-ID} that it would send if it came back now. */
    public synchronized String lastEventId() {
        return lastEventId;
    }

    /** Leaves, for good. */
    @Override
    public synchronized void close() {
        closed = true;
        if (connection != null) {
            connection.leave();
            connection = null;
        }
    }

    private void connect() {
        synchronized (this) {
            if (closed || stopped) {
                return;
            }
        }
        URI uri = next.get();
        try {
            SocketChannel channel = SocketChannel.open();
            channel.socket().connect(new InetSocketAddress(uri.getHost(), uri.getPort()), CONNECT_MILLIS);
            open(channel, uri);
        } catch (IOException refused) {
            again();
        }
    }

    private synchronized void open(SocketChannel channel, URI uri) throws IOException {
        String resume = lastEventId.isEmpty() ? "" : "Last-Event-ID: " + lastEventId + "\r\n";
        String query = uri.getRawQuery() == null ? "" : "?" + uri.getRawQuery();
        String request = "GET %s%s HTTP/1.1\r\nHost: %s\r\nAccept: text/event-stream\r\n%s\r\n"
                .formatted(uri.getRawPath(), query, uri.getAuthority(), resume);
        channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.UTF_8)));
        connection = new Connection(channel, uri);
        SocketLoop.SHARED.register(channel, connection);
    }

    private void again() {
        CompletableFuture.delayedExecutor(pause.toMillis(), TimeUnit.MILLISECONDS, DIALLER)
                .execute(this::connect);
    }

    @Override
    public synchronized String toString() {
        return "opened %d times, last id %s, now %s, findings %s"
                .formatted(opened, lastEventId, connection == null ? "away" : connection.uri, findings);
    }

    /** One stream; called on the loop's thread. */
    private final class Connection implements SocketLoop.Handler, ResponseDecoder.Sink {
        private final SocketChannel channel;
        private final URI uri;
        private final ResponseDecoder decoder = new ResponseDecoder(this);
        private final EventStreamParser parser;
        private boolean begun;
        private boolean ended;

        private Connection(SocketChannel channel, URI uri) {
            this.channel = channel;
            this.uri = uri;
            this.parser = new EventStreamParser(this::received, lastEventId);
        }

        @Override
        public void head(int status, Map<String, String> headers) {
            String type = headers.getOrDefault("content-type", "none");
            if (status != 200 || !type.startsWith("text/event-stream")) {
                find("%s: status %d, content type %s".formatted(uri, status, type));
                synchronized (ResumingSubscriber.this) {
                    stopped = true;
                }
            }
        }

        @Override
        public void body(byte[] bytes, int offset, int length) {
            if (!isStopped()) {
                parser.feed(bytes, offset, length);
            }
        }

        private void received(ReceivedEvent event) {
            synchronized (ResumingSubscriber.this) {
                if (closed) {
                    return;
                }
                lastEventId = event.lastEventId();
                if (event.type().equals("stream-open")) {
                    opened++;
                    begun = true;
                }
            }
            onEvent.accept(event);
        }

        @Override
        public void read(ByteBuffer bytes) {
            decoder.feed(bytes);
            if (decoder.isComplete()) {
                end();
            }
        }

        @Override
        public void finished() {
            end();
        }

        @Override
        public void broken(Exception cause) {
            if (!(cause instanceof IOException)) {
                find(uri + ": " + cause);
            }
            end();
        }

        private void end() {
            if (ended) {
                return;
            }
            ended = true;
            leave();
            parser.findings().forEach(flaw -> find(uri + ": " + flaw));
            synchronized (ResumingSubscriber.this) {
                if (connection == this) {
                    connection = null;
                }
            }
            again();
        }

        private void find(String what) {
            synchronized (ResumingSubscriber.this) {
                findings.add(what);
            }
        }

        private void leave() {
            try {
                // By RST: TIME_WAIT would hold a port for each of them.
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException gone) {
                // It holds none then.
            }
            SocketLoop.SHARED.close(channel);
        }
    }
}
