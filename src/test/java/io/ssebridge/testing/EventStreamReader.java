package io.ssebridge.testing;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
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
import java.util.Objects;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * A client of one event stream, on a socket of its own: {@link #open} it, wait for events, {@link #close} it. Thousands fit into a test.
 *
 * <p>{@link #next} and {@link #await} go through the events once, in order; {@link #events} has them all. A wait in vain ends with an
 * {@link AssertionError} that shows the events that came instead. Any thread may call; the state is guarded by this object's monitor.
 */
public final class EventStreamReader implements AutoCloseable {
    /** How a stream ended. */
    public enum End {
        /** By its last chunk or its full length. */
        COMPLETE,
        /** By FIN in the midst of the response. */
        CUT,
        /** By RST, or by bytes that are no HTTP/1.1. */
        BROKEN,
        /** By this reader. */
        CLOSED_HERE
    }

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int SYSTEM_DEFAULT = 0;

    private final URI uri;
    private final SocketChannel channel;
    private final ResponseDecoder decoder;
    private final EventStreamParser parser;
    private final List<ReceivedEvent> events = new ArrayList<>();
    private final ByteArrayOutputStream body = new ByteArrayOutputStream();
    private int taken;
    private int status;
    private Map<String, String> headers = Map.of();
    private @Nullable End end;
    private @Nullable Exception cause;

    private EventStreamReader(URI uri, SocketChannel channel, String lastEventId) {
        this.uri = uri;
        this.channel = channel;
        this.parser = new EventStreamParser(events::add, lastEventId);
        this.decoder = new ResponseDecoder(new Response());
    }

    /**
     * Opens a stream and waits for the head of its response, or for all of it if it is not an event stream.
     *
     * @param uri of the stream, http only
     */
    public static EventStreamReader open(URI uri) {
        return open(uri, Map.of());
    }

    /**
     * Opens a stream and waits for the head of its response, or for all of it if it is not an event stream.
     *
     * @param uri of the stream, http only
     * @param headers for the request, besides {@code Host} and {@code Accept}
     */
    public static EventStreamReader open(URI uri, Map<String, String> headers) {
        return open(uri, headers, SYSTEM_DEFAULT);
    }

    /**
     * Opens a stream and waits for the head of its response, or for all of it if it is not an event stream.
     *
     * @param uri of the stream, http only
     * @param headers for the request, besides {@code Host} and {@code Accept}
     * @param receiveBuffer of the socket in bytes; a small one makes a {@linkplain #pause paused} reader slow at once
     */
    public static EventStreamReader open(URI uri, Map<String, String> headers, int receiveBuffer) {
        try {
            SocketChannel channel = SocketChannel.open();
            if (receiveBuffer != SYSTEM_DEFAULT) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, receiveBuffer);
            }
            channel.connect(new InetSocketAddress(uri.getHost(), uri.getPort()));
            channel.write(request(uri, headers));
            EventStreamReader reader = new EventStreamReader(uri, channel, headers.getOrDefault("Last-Event-ID", ""));
            SocketLoop.SHARED.register(channel, reader.new Incoming());
            reader.waitFor(reader::isAnswered, PATIENCE, "the response");
            return reader;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot open " + uri, e);
        }
    }

    private static ByteBuffer request(URI uri, Map<String, String> headers) {
        StringBuilder request = new StringBuilder("GET " + uri.getRawPath());
        if (uri.getRawQuery() != null) {
            request.append('?').append(uri.getRawQuery());
        }
        request.append(" HTTP/1.1\r\nHost: ").append(uri.getAuthority());
        request.append("\r\nAccept: text/event-stream\r\n");
        headers.forEach(
                (name, value) -> request.append(name).append(": ").append(value).append("\r\n"));
        return ByteBuffer.wrap(request.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
    }

    private boolean isAnswered() {
        return status != 0 && (isEventStream() || end != null);
    }

    private boolean isEventStream() {
        return headers.getOrDefault("content-type", "").startsWith("text/event-stream");
    }

    /** The status of the response. */
    public synchronized int status() {
        return status;
    }

    /** The headers of the response; names are compared without regard to case. */
    public synchronized Map<String, String> headers() {
        return headers;
    }

    /** The body of a response that is not an event stream. */
    public synchronized String body() {
        return body.toString(StandardCharsets.UTF_8);
    }

    /** All events so far. */
    public synchronized List<ReceivedEvent> events() {
        return List.copyOf(events);
    }

    /**
     * All events so far of one type.
     *
     * @param type the event's name, {@code message} for events without one
     */
    public synchronized List<ReceivedEvent> events(String type) {
        return events.stream().filter(event -> event.type().equals(type)).toList();
    }

    private long count(String type) {
        return events.stream().filter(event -> event.type().equals(type)).count();
    }

    /** All comments so far, without their colon. */
    public synchronized List<String> comments() {
        return parser.comments();
    }

    /** All reconnection times so far, in milliseconds. */
    public synchronized List<Long> retries() {
        return parser.retries();
    }

    /** The flaws of the stream, though a browser reads it; see {@link EventStreamParser#findings}. */
    public synchronized List<String> findings() {
        return parser.findings();
    }

    /** The {@code Last-Event-ID} that a browser would send if it came back now. */
    public synchronized String lastEventId() {
        return parser.lastEventId();
    }

    /** Whether nothing more will come. */
    public synchronized boolean isEnded() {
        return end != null;
    }

    /**
     * The next event that was not taken yet.
     *
     * @param patience how long to wait for it
     */
    public synchronized ReceivedEvent next(Duration patience) {
        waitFor(() -> taken < events.size(), patience, "the next event");
        return events.get(taken++);
    }

    /**
     * The next event that fulfils a condition; those before it are taken too.
     *
     * @param wanted the condition
     * @param patience how long to wait for it
     */
    public synchronized ReceivedEvent await(Predicate<ReceivedEvent> wanted, Duration patience) {
        long deadline = System.nanoTime() + patience.toNanos();
        ReceivedEvent event;
        do {
            event = next(Duration.ofNanos(deadline - System.nanoTime()));
        } while (!wanted.test(event));
        return event;
    }

    /**
     * The next event of a type; those before it are taken too.
     *
     * @param type the event's name, {@code message} for events without one
     */
    public ReceivedEvent await(String type) {
        return await(event -> event.type().equals(type), PATIENCE);
    }

    /**
     * Waits until this number of events of one type has come since the stream was opened, and answers these. Takes none.
     *
     * @param type the event's name, {@code message} for events without one
     * @param count how many
     * @param patience how long to wait for the last of them
     */
    public synchronized List<ReceivedEvent> awaitCount(String type, int count, Duration patience) {
        waitFor(() -> count(type) >= count, patience, count + " events of type " + type);
        return events(type);
    }

    /**
     * Waits until this number of comments has come since the stream was opened.
     *
     * @param count how many
     * @param patience how long to wait for the last of them
     */
    public synchronized void awaitComments(int count, Duration patience) {
        waitFor(() -> parser.comments().size() >= count, patience, count + " comments");
    }

    /**
     * Waits until nothing more will come.
     *
     * @param patience how long to wait
     */
    public synchronized End awaitEnd(Duration patience) {
        waitFor(() -> end != null, patience, "the end of the stream");
        return Objects.requireNonNull(end);
    }

    /** Reads no more, as a client that cannot keep up. */
    public void pause() {
        SocketLoop.SHARED.reading(channel, false);
    }

    /** Reads on after {@link #pause}. */
    public void resume() {
        SocketLoop.SHARED.reading(channel, true);
    }

    /** Leaves as a browser does that closes its page. */
    @Override
    public void close() {
        ended(End.CLOSED_HERE);
        SocketLoop.SHARED.close(channel);
    }

    /** Leaves by RST, which also spares the machine the port that TIME_WAIT would hold. */
    public void reset() {
        try {
            channel.setOption(StandardSocketOptions.SO_LINGER, 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        close();
    }

    private synchronized void ended(End how) {
        if (end == null) {
            end = how;
        }
        notifyAll();
    }

    private void waitFor(BooleanSupplier condition, Duration patience, String what) {
        Wait.until(this, () -> end != null || condition.getAsBoolean(), patience);
        synchronized (this) {
            if (!condition.getAsBoolean()) {
                throw new AssertionError("waited " + patience + " in vain for " + what + "\n" + this);
            }
        }
    }

    @Override
    public synchronized String toString() {
        return "%s: status %d, end %s, cause %s, taken %d of %s, comments %s, body \"%s\""
                .formatted(uri, status, end, cause, taken, events, parser.comments(), body());
    }

    /** The output of the decoder. Called from {@link Incoming#read} only, which holds the monitor. */
    private final class Response implements ResponseDecoder.Sink {
        @Override
        public void head(int status, Map<String, String> headers) {
            EventStreamReader.this.status = status;
            EventStreamReader.this.headers = headers;
        }

        @Override
        public void body(byte[] bytes, int offset, int length) {
            if (isEventStream()) {
                parser.feed(bytes, offset, length);
            } else {
                body.write(bytes, offset, length);
            }
        }
    }

    /** The bytes of the socket, on the loop's thread. */
    private final class Incoming implements SocketLoop.Handler {
        @Override
        public void read(ByteBuffer bytes) {
            synchronized (EventStreamReader.this) {
                decoder.feed(bytes);
                EventStreamReader.this.notifyAll();
            }
            if (decoder.isComplete()) {
                ended(End.COMPLETE);
            }
        }

        @Override
        public void finished() {
            ended(End.CUT);
        }

        @Override
        public void broken(Exception why) {
            synchronized (EventStreamReader.this) {
                cause = why;
            }
            ended(End.BROKEN);
        }
    }
}
