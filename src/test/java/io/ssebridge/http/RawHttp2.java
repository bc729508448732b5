package io.ssebridge.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.Http2Exception;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;

/** A connection that sends frames of HTTP/2 one by one, as no HTTP client would. */
public final class RawHttp2 implements AutoCloseable {
    public static final int DATA = 0;
    public static final int HEADERS = 1;
    public static final int RST_STREAM = 3;
    public static final int SETTINGS = 4;
    public static final int PING = 6;
    public static final int GO_AWAY = 7;
    public static final int WINDOW_UPDATE = 8;
    public static final int CONTINUATION = 9;
    public static final int ACK = 1;
    public static final int END_STREAM = 1;
    public static final int END_HEADERS = 4;
    public static final int PRIORITY = 0x20;
    public static final int INITIAL_WINDOW_SIZE = 4;

    private static final int MAX_FRAME = 16_000;
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private final SSLSocket socket;
    private final DataInputStream in;
    private final DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder();
    private final Map<Integer, Integer> statuses = new HashMap<>();
    private final Map<Integer, Integer> resets = new HashMap<>();
    private final Map<Integer, ByteArrayOutputStream> bodies = new HashMap<>();
    private final Map<Integer, Long> settings = new HashMap<>();
    private final Set<Integer> ended = new HashSet<>();
    private int nextStream = 1;
    private int goAway = -1;
    private boolean closed;

    private RawHttp2(SSLSocket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(socket.getInputStream());
    }

    /** Opens a connection, with the largest window for all streams together. */
    public static RawHttp2 open(int port, SSLContext trusted) {
        return open(port, trusted, new byte[0]);
    }

    /**
     * Opens a connection.
     *
     * @param settings the payload of the first frame
     */
    public static RawHttp2 open(int port, SSLContext trusted, byte[] settings) {
        try {
            SSLSocket socket =
                    (SSLSocket) trusted.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
            SSLParameters parameters = socket.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            socket.setSSLParameters(parameters);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            socket.startHandshake();
            RawHttp2 opened = new RawHttp2(socket);
            socket.getOutputStream().write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(US_ASCII));
            return opened.send(SETTINGS, 0, 0, settings).window(0, 1 << 30);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The payload of a frame SETTINGS with one setting. */
    public static byte[] setting(int id, int value) {
        return ByteBuffer.allocate(6).putShort((short) id).putInt(value).array();
    }

    @CanIgnoreReturnValue
    public RawHttp2 send(int type, int flags, int stream, byte[] payload) {
        try {
            ByteBuffer frame = ByteBuffer.allocate(9 + payload.length);
            frame.put((byte) (payload.length >> 16)).putShort((short) payload.length);
            frame.put((byte) type).put((byte) flags).putInt(stream).put(payload);
            socket.getOutputStream().write(frame.array());
            return this;
        } catch (IOException e) {
            closed = true;
            return this;
        }
    }

    /** Allows more bytes of one stream, or of all together (0). */
    @CanIgnoreReturnValue
    public RawHttp2 window(int stream, int more) {
        return send(
                WINDOW_UPDATE, 0, stream, ByteBuffer.allocate(4).putInt(more).array());
    }

    @CanIgnoreReturnValue
    public RawHttp2 reset(int stream) {
        return send(RST_STREAM, 0, stream, ByteBuffer.allocate(4).putInt(8).array());
    }

    /** Asks for a path, and returns the number of the stream. */
    @CanIgnoreReturnValue
    public int get(String path, String... headers) {
        return ask("GET", path, true, headers);
    }

    /** Asks in any way. */
    public int ask(String method, String path, boolean isAll, String... headers) {
        int stream = nextStream;
        nextStream += 2;
        byte[] head = head(method, path, headers);
        int first = Math.min(head.length, MAX_FRAME);
        send(
                HEADERS,
                (isAll ? END_STREAM : 0) | (first == head.length ? END_HEADERS : 0),
                stream,
                Arrays.copyOf(head, first));
        for (int from = first; from < head.length; from += MAX_FRAME) {
            int to = Math.min(head.length, from + MAX_FRAME);
            send(CONTINUATION, to == head.length ? END_HEADERS : 0, stream, Arrays.copyOfRange(head, from, to));
        }
        return stream;
    }

    /** The head of a request, each line as it is (https://www.rfc-editor.org/rfc/rfc7541.html#section-6.2.2). */
    public static byte[] head(String method, String path, String... headers) {
        ByteArrayOutputStream head = new ByteArrayOutputStream();
        line(head, ":method", method);
        line(head, ":scheme", "https");
        line(head, ":path", path);
        line(head, ":authority", "localhost");
        for (String header : headers) {
            int colon = header.indexOf(": ");
            line(head, header.substring(0, colon), header.substring(colon + 2));
        }
        return head.toByteArray();
    }

    private static void line(ByteArrayOutputStream head, String name, String value) {
        head.write(0);
        text(head, name);
        text(head, value);
    }

    private static void text(ByteArrayOutputStream head, String text) {
        int rest = text.length();
        if (rest < 127) {
            head.write(rest);
        } else {
            head.write(127);
            rest -= 127;
            while (rest >= 128) {
                head.write(rest % 128 + 128);
                rest /= 128;
            }
            head.write(rest);
        }
        head.writeBytes(text.getBytes(US_ASCII));
    }

    /** Reads frames until a condition holds, or the connection ends. */
    private void until(BooleanSupplier condition) {
        while (!closed && !condition.getAsBoolean()) {
            read();
        }
    }

    private void read() {
        try {
            int length = in.readUnsignedByte() << 16 | in.readUnsignedShort();
            int type = in.readUnsignedByte();
            int flags = in.readUnsignedByte();
            int stream = in.readInt();
            take(type, flags, stream, in.readNBytes(length));
        } catch (EOFException e) {
            closed = true;
        } catch (SocketTimeoutException e) {
            throw new AssertionError("no frame came", e);
        } catch (IOException e) {
            closed = true;
        }
    }

    private void take(int type, int flags, int stream, byte[] payload) {
        ByteBuffer bytes = ByteBuffer.wrap(payload);
        switch (type) {
            case DATA -> body(stream).writeBytes(payload);
            case HEADERS ->
                statuses.put(
                        stream,
                        status(stream, Arrays.copyOfRange(payload, (flags & PRIORITY) == 0 ? 0 : 5, payload.length)));
            case RST_STREAM -> resets.put(stream, bytes.getInt());
            case GO_AWAY -> goAway = bytes.getInt(4);
            case PING -> send(PING, ACK, 0, payload);
            case SETTINGS -> {
                if ((flags & ACK) == 0) {
                    while (bytes.hasRemaining()) {
                        settings.put((int) bytes.getShort(), (long) bytes.getInt());
                    }
                    send(SETTINGS, ACK, 0, new byte[0]);
                }
            }
            default -> {}
        }
        if ((type == DATA || type == HEADERS) && (flags & END_STREAM) != 0) {
            ended.add(stream);
        }
    }

    private int status(int stream, byte[] head) {
        try {
            return Integer.parseInt(decoder.decodeHeaders(stream, Unpooled.wrappedBuffer(head))
                    .status()
                    .toString());
        } catch (Http2Exception e) {
            throw new AssertionError(e);
        }
    }

    private ByteArrayOutputStream body(int stream) {
        return bodies.computeIfAbsent(stream, first -> new ByteArrayOutputStream());
    }

    /** Waits for the status of a response; -1: there is none. */
    public int status(int stream) {
        until(() -> statuses.containsKey(stream) || resets.containsKey(stream));
        return statuses.getOrDefault(stream, -1);
    }

    /** Waits until the body of a response contains a text. */
    void await(int stream, String text) {
        until(() -> text(stream).contains(text) || resets.containsKey(stream) || ended.contains(stream));
        if (!text(stream).contains(text)) {
            throw new AssertionError(
                    "\"%s\" did not come on stream %d; resets: %s, closed: %s".formatted(text, stream, resets, closed));
        }
    }

    /** What has been read of the body of a response. */
    String text(int stream) {
        return body(stream).toString(UTF_8);
    }

    /** Waits for the whole body of a response. */
    public String whole(int stream) {
        until(() -> ended.contains(stream) || resets.containsKey(stream));
        return text(stream);
    }

    /** Waits until a stream is reset, and returns the code; -1: the connection has ended before. */
    public int resetCode(int stream) {
        until(() -> resets.containsKey(stream));
        return resets.getOrDefault(stream, -1);
    }

    /** Waits until the node resets any stream, and returns it; -1: the connection has ended before. */
    int awaitReset() {
        until(() -> !resets.isEmpty());
        return resets.keySet().stream().findFirst().orElse(-1);
    }

    /** The streams that the node has reset, so far. */
    Set<Integer> resetStreams() {
        return resets.keySet();
    }

    boolean hasEnded(int stream) {
        return ended.contains(stream);
    }

    /** Waits for the end of the connection, and returns the code that the node gives; -1: none. */
    public int goAwayCode() {
        until(() -> goAway >= 0);
        return goAway;
    }

    /** Waits until the node has ended the connection. */
    public void awaitEnd() {
        until(() -> false);
    }

    public boolean isClosed() {
        return closed;
    }

    /** Waits for the first settings of the node. */
    Map<Integer, Long> settings() {
        until(() -> !settings.isEmpty());
        return settings;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
