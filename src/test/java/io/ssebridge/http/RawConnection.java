package io.ssebridge.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** A connection that sends its bytes unchanged, as no HTTP client would. */
public final class RawConnection implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Socket socket;
    private final InputStream in;

    /** A whole answer; header lines as they came. */
    public record Answer(int status, List<String> headers, String body) {
        /** The values of a header. */
        public List<String> all(String name) {
            String start = name + ": ";
            return headers.stream()
                    .filter(line -> line.regionMatches(true, 0, start, 0, start.length()))
                    .map(line -> line.substring(start.length()))
                    .toList();
        }

        public JsonObject problem() {
            return new JsonObject(body);
        }
    }

    private RawConnection(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new BufferedInputStream(socket.getInputStream());
    }

    public static RawConnection open(int port) {
        return open(port, InetAddress.getLoopbackAddress());
    }

    /** Connects from an address of this machine: each has ports of its own. */
    public static RawConnection open(int port, InetAddress from) {
        try {
            Socket socket = new Socket(InetAddress.getLoopbackAddress(), port, from, 0);
            socket.setSoTimeout((int) PATIENCE.toMillis());
            return new RawConnection(socket);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks once, on a connection of its own; each line ends with CRLF, and an empty one follows. */
    public static Answer ask(int port, String... lines) {
        try (RawConnection connection = open(port)) {
            return connection.send(String.join("\r\n", lines) + "\r\n\r\n").answer(lines[0].startsWith("HEAD "));
        }
    }

    /** Sends text, one byte for each char. */
    @CanIgnoreReturnValue
    public RawConnection send(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            return this;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Sends text, and returns whether the connection takes it. After the other side has closed, only the second text fails. */
    public boolean takes(String text) {
        try {
            socket.getOutputStream().write(text.getBytes(ISO_8859_1));
            return true;
        } catch (IOException ended) {
            return false;
        }
    }

    /** Returns whether a part of an answer has come. */
    public boolean hasAnswer() {
        try {
            return in.available() > 0;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads the status of an answer, and leaves the rest of it. */
    public int status() {
        return Integer.parseInt(line().split(" ", -1)[1]);
    }

    public Answer answer() {
        return answer(false);
    }

    /** Reads an answer of known length, or one that goes on until the connection ends; to HEAD, it has no body. */
    public Answer answer(boolean toHead) {
        try {
            int status = Integer.parseInt(line().split(" ", -1)[1]);
            List<String> headers = new ArrayList<>();
            for (String line = line(); !line.isEmpty(); line = line()) {
                headers.add(line);
            }
            Answer head = new Answer(status, headers, "");
            if (toHead || status == 204 || status < 200) {
                return head;
            }
            return new Answer(status, headers, body(head));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String body(Answer head) throws IOException {
        List<String> length = head.all("Content-Length");
        byte[] body = length.isEmpty() ? new byte[0] : in.readNBytes(Integer.parseInt(length.get(0)));
        return new String(body, UTF_8);
    }

    /** Reads this number of bytes. */
    public String text(int length) {
        try {
            return new String(in.readNBytes(length), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Reads a line without its end. */
    public String line() {
        try {
            ByteArrayOutputStream line = new ByteArrayOutputStream();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    throw new EOFException("the connection ends after \"" + line.toString(UTF_8) + "\"");
                }
                line.write(b);
            }
            return line.toString(UTF_8).stripTrailing();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether the other side ends the connection, in any way, with nothing more to read. */
    public boolean isEnded() {
        try {
            return in.read() < 0;
        } catch (SocketException reset) {
            return true;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Says nothing more, and goes on listening. */
    public void finish() {
        try {
            socket.shutdownOutput();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Ends the connection by RST. */
    public void reset() {
        try {
            socket.setSoLinger(true, 0);
            socket.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
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
