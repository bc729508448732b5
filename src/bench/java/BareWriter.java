import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The bare limit that servers of event streams are measured against: one thread that writes bytes it has encoded once, and
 * nothing else: no ids, no history, no access, no cluster. It spends only the CPU time of the kernel for the writes.
 *
 * <p>{@code java src/bench/java/BareWriter.java PORT [FLUSH_MILLIS]}, on the loopback interface: {@code GET
 * /stream/{channel}} and {@code POST /publish/{channel}}. With a time to flush, events that are published within that time go out
 * in one write for each stream.
 */
public final class BareWriter {
    private static final int READ_BYTES = 1 << 16;
    private static final int MAX_BACKLOG_BYTES = 1 << 20;
    private static final int BACKLOG = 4_096;
    private static final byte[] HEAD_END = ascii("\r\n\r\n");
    private static final byte[] LENGTH = ascii("content-length:");
    private static final byte[] DATA = ascii("data: ");
    private static final byte[] EVENT_END = ascii("\n\n");
    private static final String STREAM = "GET /stream/";
    private static final String PUBLISH = "POST /publish/";
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Selector selector;
    private final long flushNanos;
    private final Map<String, Channel> channels = new HashMap<>();
    private final List<Channel> toFlush = new ArrayList<>();
    private final ByteBuffer in = ByteBuffer.allocateDirect(READ_BYTES);
    private final byte[] read = new byte[READ_BYTES];
    private final ByteBuffer open =
            direct("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n:\n");
    private final ByteBuffer created = direct("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
    private final ByteBuffer notFound = direct("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    private ByteBuffer event = ByteBuffer.allocateDirect(READ_BYTES);
    private long flushAtNanos;

    private BareWriter(Selector selector, long flushNanos) {
        this.selector = selector;
        this.flushNanos = flushNanos;
    }

    /**
     * Serves until it is ended.
     *
     * @param arguments the port, and for how many milliseconds events are gathered
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 1 || arguments.length > 2) {
            System.err.println("BareWriter PORT [FLUSH_MILLIS]");
            System.exit(2);
        }
        int port = Integer.parseInt(arguments[0]);
        long flushMillis = arguments.length > 1 ? Long.parseLong(arguments[1]) : 0;
        try (Selector selector = Selector.open();
                ServerSocketChannel server = ServerSocketChannel.open()) {
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), BACKLOG);
            server.configureBlocking(false);
            server.register(selector, SelectionKey.OP_ACCEPT);
            new BareWriter(selector, flushMillis * 1_000_000).serve();
        }
    }

    private void serve() throws IOException {
        while (true) {
            // 0: for as long as nothing happens.
            long millis = toFlush.isEmpty() ? 0 : Math.max(1, (flushAtNanos - System.nanoTime() + 999_999) / 1_000_000);
            selector.select(this::handle, millis);
            if (!toFlush.isEmpty() && System.nanoTime() >= flushAtNanos) {
                flush();
            }
        }
    }

    private void handle(SelectionKey key) {
        if (key.attachment() instanceof Connection connection) {
            try {
                if (key.isWritable()) {
                    connection.writeBacklog();
                }
                if (key.isReadable()) {
                    read(connection);
                }
            } catch (IOException | RuntimeException e) {
                connection.close();
            }
        } else {
            accept((ServerSocketChannel) key.channel());
        }
    }

    private void accept(ServerSocketChannel server) {
        try {
            for (SocketChannel socket = server.accept(); socket != null; socket = server.accept()) {
                socket.configureBlocking(false);
                socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
                Connection connection = new Connection(socket);
                connection.key = socket.register(selector, SelectionKey.OP_READ, connection);
            }
        } catch (IOException e) {
            System.err.println("accepting: " + e.getMessage());
        }
    }

    private void read(Connection connection) throws IOException {
        in.clear();
        int count = connection.socket.read(in);
        if (count < 0) {
            connection.close();
            return;
        }
        in.flip();
        byte[] bytes = read;
        int end = count;
        if (connection.unread.length > 0) {
            bytes = Arrays.copyOf(connection.unread, connection.unread.length + count);
            end = bytes.length;
        }
        in.get(bytes, end - count, count);
        int at = 0;
        for (int next = request(connection, bytes, at, end); next > at; next = request(connection, bytes, at, end)) {
            at = next;
        }
        connection.unread = at == end ? Connection.NO_BYTES : Arrays.copyOfRange(bytes, at, end);
    }

    /** Answers a request if all of it has come: where the next one begins, else where this one does. */
    private int request(Connection connection, byte[] bytes, int from, int to) {
        int headEnd = find(HEAD_END, bytes, from, to);
        if (headEnd < 0) {
            return from;
        }
        int body = headEnd + HEAD_END.length;
        int bodyEnd = body + length(bytes, from, headEnd);
        if (bodyEnd > to) {
            return from;
        }
        int line = from;
        while (bytes[line] != '\r') {
            line++;
        }
        String first = new String(bytes, from, line - from, StandardCharsets.US_ASCII);
        if (first.startsWith(PUBLISH)) {
            publish(channel(first, PUBLISH), bytes, body, bodyEnd);
            connection.write(created);
        } else if (first.startsWith(STREAM)) {
            channel(first, STREAM).add(connection);
            connection.write(open);
        } else {
            connection.write(notFound);
        }
        return bodyEnd;
    }

    private Channel channel(String line, String before) {
        String name = line.substring(before.length(), line.indexOf(' ', before.length()));
        return channels.computeIfAbsent(name, unknown -> new Channel());
    }

    private void publish(Channel channel, byte[] bytes, int from, int to) {
        if (flushNanos > 0) {
            if (channel.pending.position() == 0) {
                if (toFlush.isEmpty()) {
                    flushAtNanos = System.nanoTime() + flushNanos;
                }
                toFlush.add(channel);
            }
            channel.pending = encode(channel.pending, bytes, from, to);
        } else {
            event.clear();
            event = encode(event, bytes, from, to);
            event.flip();
            channel.write(event);
        }
    }

    private static ByteBuffer encode(ByteBuffer buffer, byte[] bytes, int from, int to) {
        ByteBuffer into = withRoom(buffer, DATA.length + to - from + EVENT_END.length);
        return into.put(DATA).put(bytes, from, to - from).put(EVENT_END);
    }

    private void flush() {
        for (Channel channel : toFlush) {
            channel.pending.flip();
            channel.write(channel.pending);
            channel.pending.clear();
        }
        toFlush.clear();
    }

    private static int length(byte[] bytes, int from, int to) {
        for (int at = from; at < to; at++) {
            if (bytes[at] == '\n' && isLength(bytes, at + 1, to)) {
                int digit = at + 1 + LENGTH.length;
                while (bytes[digit] == ' ') {
                    digit++;
                }
                int length = 0;
                for (; bytes[digit] >= '0' && bytes[digit] <= '9'; digit++) {
                    length = 10 * length + bytes[digit] - '0';
                }
                return length;
            }
        }
        return 0;
    }

    private static boolean isLength(byte[] bytes, int from, int to) {
        if (to - from < LENGTH.length) {
            return false;
        }
        for (int i = 0; i < LENGTH.length; i++) {
            if (Character.toLowerCase(bytes[from + i]) != LENGTH[i]) {
                return false;
            }
        }
        return true;
    }

    private static int find(byte[] wanted, byte[] bytes, int from, int to) {
        for (int at = from; at <= to - wanted.length; at++) {
            if (bytes[at] == wanted[0] && Arrays.equals(bytes, at, at + wanted.length, wanted, 0, wanted.length)) {
                return at;
            }
        }
        return -1;
    }

    private static ByteBuffer withRoom(ByteBuffer buffer, int bytes) {
        if (buffer.remaining() >= bytes) {
            return buffer;
        }
        ByteBuffer larger = ByteBuffer.allocateDirect(Math.max(2 * buffer.capacity(), buffer.position() + bytes));
        buffer.flip();
        return larger.put(buffer);
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static ByteBuffer direct(String text) {
        byte[] bytes = ascii(text);
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    private static final class Channel {
        private final List<Connection> streams = new ArrayList<>();
        private ByteBuffer pending = NOTHING;

        void add(Connection connection) {
            connection.channel = this;
            connection.index = streams.size();
            streams.add(connection);
        }

        void remove(Connection connection) {
            Connection last = streams.remove(streams.size() - 1);
            if (last != connection) {
                streams.set(connection.index, last);
                last.index = connection.index;
            }
        }

        /** Backwards, since a stream that fails is replaced by the last. */
        void write(ByteBuffer bytes) {
            for (int i = streams.size() - 1; i >= 0; i--) {
                streams.get(i).write(bytes);
            }
        }
    }

    private static final class Connection {
        private static final byte[] NO_BYTES = {};

        private final SocketChannel socket;
        private SelectionKey key;
        private byte[] unread = NO_BYTES;
        private Channel channel;
        private int index;
        // The bytes that the socket has not taken yet, between its start and its position.
        private ByteBuffer backlog = NOTHING;

        Connection(SocketChannel socket) {
            this.socket = socket;
        }

        /** Writes bytes that others write too: from the start, at any position. */
        void write(ByteBuffer bytes) {
            bytes.rewind();
            try {
                if (backlog.position() == 0) {
                    socket.write(bytes);
                }
                if (bytes.hasRemaining()) {
                    keep(bytes);
                }
            } catch (IOException e) {
                close();
            }
        }

        private void keep(ByteBuffer bytes) throws IOException {
            if (backlog.position() + bytes.remaining() > MAX_BACKLOG_BYTES) {
                throw new IOException("too slow");
            }
            backlog = withRoom(backlog, bytes.remaining()).put(bytes);
            key.interestOps(SelectionKey.OP_READ | SelectionKey.OP_WRITE);
        }

        void writeBacklog() throws IOException {
            backlog.flip();
            socket.write(backlog);
            backlog.compact();
            if (backlog.position() == 0) {
                backlog = NOTHING;
                key.interestOps(SelectionKey.OP_READ);
            }
        }

        void close() {
            if (!socket.isOpen()) {
                return;
            }
            if (channel != null) {
                channel.remove(this);
            }
            try {
                socket.close();
            } catch (IOException ignored) {
                // It is of no use any more either way.
            }
        }
    }
}
