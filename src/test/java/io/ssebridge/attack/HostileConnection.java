package io.ssebridge.attack;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A connection that sends any bytes, and reads the answers to the letter. Confined to one thread. */
final class HostileConnection implements AutoCloseable {
    private static final int CONNECT_MILLIS = 5_000;
    private static final int SYSTEM_DEFAULT = 0;
    private static final int MOST_LINE = 16_384;
    private static final int KEPT = 64 << 10;
    private static final Pattern STATUS = Pattern.compile("HTTP/\\d\\.\\d (\\d{3})( .*)?");

    private final Socket socket = new Socket();
    private final InputStream in;

    /**
     * An answer.
     *
     * @param status its status
     * @param headers its headers, by their names in lower case
     * @param body the beginning of its body; empty if it is a stream
     */
    record Answer(int status, Map<String, String> headers, String body) {
        boolean isStream() {
            return headers.getOrDefault("content-type", "").startsWith("text/event-stream");
        }

        boolean isLast() {
            return headers.getOrDefault("connection", "").equalsIgnoreCase("close");
        }
    }

    /** Connects from an address of this machine. */
    HostileConnection(InetAddress from, URI node) throws IOException {
        this(from, node, SYSTEM_DEFAULT);
    }

    /** Connects from an address of this machine, with a small buffer for the answers. */
    HostileConnection(InetAddress from, URI node, int receiveBuffer) throws IOException {
        boolean connected = false;
        try {
            if (receiveBuffer != SYSTEM_DEFAULT) {
                socket.setReceiveBufferSize(receiveBuffer);
            }
            socket.setTcpNoDelay(true);
            patience(Duration.ofSeconds(3));
            socket.bind(new InetSocketAddress(from, 0));
            socket.connect(new InetSocketAddress(node.getHost(), node.getPort()), CONNECT_MILLIS);
            in = new BufferedInputStream(socket.getInputStream(), 8_192);
            connected = true;
        } finally {
            if (!connected) {
                socket.close();
            }
        }
    }

    /** How long to wait for the next bytes. */
    HostileConnection patience(Duration time) throws IOException {
        socket.setSoTimeout((int) time.toMillis());
        return this;
    }

    /** Sends text, a byte for each character. */
    HostileConnection send(String text) throws IOException {
        return send(text.getBytes(ISO_8859_1));
    }

    /** Sends bytes. */
    HostileConnection send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        return this;
    }

    /** Says that it has nothing more to say, and can still read. */
    void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Reads the next answer; of a stream only the head. */
    Answer answer() throws IOException {
        return answer(false);
    }

    /**
     * Reads the next answer; of a stream only the head.
     *
     * @param toHead whether no body belongs to it, in spite of its head
     */
    Answer answer(boolean toHead) throws IOException {
        String first = line();
        Matcher status = STATUS.matcher(first);
        if (!status.matches()) {
            throw new AssertionError("an answer begins with \"%s\"".formatted(first));
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon <= 0) {
                throw new AssertionError("a header of an answer is \"%s\"".formatted(line));
            }
            headers.put(
                    line.substring(0, colon).toLowerCase(Locale.ROOT),
                    line.substring(colon + 1).strip());
        }
        Answer head = new Answer(Integer.parseInt(status.group(1)), headers, "");
        if (toHead || head.isStream() && head.status == 200) {
            return head;
        }
        return new Answer(head.status, headers, body(headers));
    }

    private String body(Map<String, String> headers) throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        if (headers.containsKey("content-length")) {
            content(Long.parseLong(headers.get("content-length")), kept);
        } else if (headers.containsKey("transfer-encoding")) {
            while (chunk(kept)) {
                // The next one.
            }
        }
        return kept.toString(ISO_8859_1);
    }

    /** Reads the next chunk of a stream; empty at its end. */
    String chunk() throws IOException {
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        chunk(kept);
        return kept.toString(ISO_8859_1);
    }

    private boolean chunk(ByteArrayOutputStream kept) throws IOException {
        String line = line();
        long size;
        try {
            size = Long.parseLong(line, 16);
        } catch (NumberFormatException e) {
            throw new AssertionError("the size of a chunk is \"%s\"".formatted(line), e);
        }
        content(size, kept);
        String end = line();
        if (!end.isEmpty()) {
            throw new AssertionError("after a chunk of %d bytes comes \"%s\"".formatted(size, end));
        }
        return size > 0;
    }

    private void content(long length, ByteArrayOutputStream kept) throws IOException {
        byte[] buffer = new byte[8_192];
        long left = length;
        while (left > 0) {
            int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
            if (count < 0) {
                throw new EOFException("the answer ends early");
            }
            kept.write(buffer, 0, Math.min(count, Math.max(0, KEPT - kept.size())));
            left -= count;
        }
    }

    /** Reads until it has enough, or until the end; returns the number of bytes. */
    long drain(long most) throws IOException {
        byte[] buffer = new byte[64 << 10];
        long total = 0;
        while (total < most) {
            int count = in.read(buffer);
            if (count < 0) {
                break;
            }
            total += count;
        }
        return total;
    }

    private String line() throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        while (true) {
            int next = in.read();
            if (next < 0) {
                throw new EOFException("the connection ends");
            }
            if (next == '\n') {
                String text = line.toString(ISO_8859_1);
                return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
            }
            if (line.size() < MOST_LINE) {
                line.write(next);
            }
        }
    }

    /** Leaves by RST. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    /** Leaves by FIN. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
