package io.ssebridge.attack;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.ssebridge.http.RawHttp2;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocket;

/**
 * Attacks a node over TLS and HTTP/2, one connection after another from several threads. The bytes of a connection follow from the
 * seed and its number. Requests and frames count as requests.
 */
final class HostileTls {
    private static final int THREADS = 4;
    private static final int FRAMES = 60;
    private static final int MOST_WRONGS = 10;
    private static final int UNAVAILABLE = 503;
    private static final int READ_MILLIS = 200;

    private final int port;
    private final SSLContext trusted;
    private final byte[] clientHello;
    private final long seed;
    private final AtomicInteger requests = new AtomicInteger();
    private final Map<String, Integer> counts = new ConcurrentSkipListMap<>();
    private final List<String> wrongs = new CopyOnWriteArrayList<>();

    /** The kinds of connections. */
    private enum Kind {
        RANDOM_BYTES,
        CLEAR_TEXT,
        CUT_HELLO,
        MIXED_UP_HELLO,
        RECORDS,
        RENEGOTIATION,
        GARBAGE_AFTER_HANDSHAKE,
        HOSTILE_HTTP1,
        FRAMES,
        RAPID_RESET,
        CONTINUATIONS,
        SETTINGS,
        PINGS,
        ZERO_WINDOW,
        WINDOW_UPDATES,
        HEADS,
        BODIES
    }

    HostileTls(int port, SSLContext trusted, long seed) throws SSLException {
        this.port = port;
        this.trusted = trusted;
        this.seed = seed;
        SSLEngine engine = trusted.createSSLEngine("localhost", port);
        engine.setUseClientMode(true);
        ByteBuffer hello = ByteBuffer.allocate(1 << 15);
        var unused = engine.wrap(ByteBuffer.allocate(0), hello);
        clientHello = Arrays.copyOf(hello.array(), hello.position());
    }

    /**
     * Attacks until this many requests and frames are sent.
     *
     * @param first the number of the first connection
     * @param count how many requests
     * @return the number of the next connection
     */
    int run(int first, int count) {
        AtomicInteger next = new AtomicInteger(first);
        int most = requests.get() + count;
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(
                    () -> {
                        while (requests.get() < most) {
                            attack(next.getAndIncrement());
                        }
                    },
                    "hostile tls " + i);
            thread.setDaemon(true);
            thread.start();
            threads.add(thread);
        }
        for (Thread thread : threads) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }
        return next.get();
    }

    List<String> wrongs() {
        return List.copyOf(wrongs);
    }

    Map<String, Integer> counts() {
        return counts;
    }

    private void attack(int number) {
        Random random = new Random(seed * 1_000_003 + number);
        Kind kind = Kind.values()[random.nextInt(Kind.values().length)];
        counts.merge(kind.name(), 1, Integer::sum);
        try {
            attack(kind, random);
        } catch (IOException | UncheckedIOException e) {
            counts.merge(kind + " ended", 1, Integer::sum);
        } catch (AssertionError e) {
            if (wrongs.size() < MOST_WRONGS) {
                wrongs.add("connection %d (%s): %s".formatted(number, kind, e.getMessage()));
            }
        }
    }

    private void attack(Kind kind, Random random) throws IOException {
        switch (kind) {
            case RANDOM_BYTES -> raw(bytes(random, 3_000));
            case CLEAR_TEXT ->
                raw(HostileRequest.of(random.nextLong(), 0, "localhost", "X: y").bytes());
            case CUT_HELLO -> raw(Arrays.copyOf(clientHello, 1 + random.nextInt(clientHello.length)));
            case MIXED_UP_HELLO -> {
                byte[] hello = clientHello.clone();
                for (int i = 1 + random.nextInt(8); i > 0; i--) {
                    hello[random.nextInt(hello.length)] = (byte) random.nextInt();
                }
                raw(hello);
            }
            case RECORDS -> raw(records(random));
            case RENEGOTIATION -> renegotiate(random);
            case GARBAGE_AFTER_HANDSHAKE -> {
                try (SSLSocket socket = handshake("h2")) {
                    requests.incrementAndGet();
                    socket.getOutputStream().write(bytes(random, 5_000));
                    drain(socket);
                }
            }
            case HOSTILE_HTTP1 -> http1(random);
            default -> {
                try (RawHttp2 connection = RawHttp2.open(
                        port,
                        trusted,
                        RawHttp2.setting(RawHttp2.INITIAL_WINDOW_SIZE, random.nextBoolean() ? 0 : 65_535))) {
                    http2(kind, random, connection);
                }
            }
        }
    }

    private static byte[] bytes(Random random, int most) {
        byte[] bytes = new byte[random.nextInt(most)];
        random.nextBytes(bytes);
        return bytes;
    }

    private void raw(byte[] bytes) throws IOException {
        requests.incrementAndGet();
        try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
            socket.getOutputStream().write(bytes);
            socket.shutdownOutput();
            drain(socket);
        }
    }

    /** Records of TLS, of any type and with any length in their heads. */
    private static byte[] records(Random random) {
        ByteBuffer records = ByteBuffer.allocate(40_000);
        for (int i = 1 + random.nextInt(20); i > 0; i--) {
            byte[] content = bytes(random, 1_000);
            int length = random.nextInt(4) > 0 ? content.length : random.nextInt(1 << 16);
            records.put((byte) (20 + random.nextInt(6)))
                    .putShort((short) 0x0303)
                    .putShort((short) length)
                    .put(content);
        }
        return Arrays.copyOf(records.array(), records.position());
    }

    private SSLSocket handshake(String protocol) throws IOException {
        SSLSocket socket = (SSLSocket) trusted.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        var parameters = socket.getSSLParameters();
        parameters.setApplicationProtocols(new String[] {protocol});
        socket.setSSLParameters(parameters);
        socket.setSoTimeout(5_000);
        socket.startHandshake();
        return socket;
    }

    /** A client may ask for a new handshake on an open connection of TLS 1.2. Each costs the node a signature. */
    private void renegotiate(Random random) throws IOException {
        SSLSocket socket = (SSLSocket) trusted.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port);
        try (socket) {
            socket.setEnabledProtocols(new String[] {"TLSv1.2"});
            socket.setSoTimeout(1_000);
            socket.startHandshake();
            requests.incrementAndGet();
            for (int i = 1 + random.nextInt(5); i > 0; i--) {
                // It only sends the beginning of the handshake; the reading does the rest.
                socket.getSession().invalidate();
                socket.startHandshake();
                socket.getOutputStream()
                        .write("GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(US_ASCII));
                int first = socket.getInputStream().read();
                if (first < 0) {
                    return;
                }
            }
            // A node that refuses has ended the connection before.
            counts.merge("RENEGOTIATION accepted", 1, Integer::sum);
        }
    }

    private void http1(Random random) throws IOException {
        try (SSLSocket socket = handshake("http/1.1")) {
            for (int i = 0; i < 10; i++) {
                requests.incrementAndGet();
                socket.getOutputStream()
                        .write(HostileRequest.of(random.nextLong(), i, "localhost", "X: y")
                                .bytes());
            }
            drain(socket);
        }
    }

    private static void drain(Socket socket) throws IOException {
        socket.setSoTimeout(READ_MILLIS);
        byte[] buffer = new byte[8_192];
        int count = 0;
        for (int left = 100; left > 0 && count >= 0; left--) {
            count = socket.getInputStream().read(buffer);
        }
    }

    private void http2(Kind kind, Random random, RawHttp2 connection) {
        switch (kind) {
            case FRAMES -> {
                for (int i = 0; i < FRAMES && !connection.isClosed(); i++) {
                    connection.send(random.nextInt(12), random.nextInt(256), random.nextInt(8), bytes(random, 300));
                    requests.incrementAndGet();
                }
            }
            case RAPID_RESET -> {
                for (int i = 0; i < 300 && !connection.isClosed(); i++) {
                    connection.reset(connection.get("/stream/public.h" + random.nextInt(4)));
                    requests.incrementAndGet();
                }
            }
            case CONTINUATIONS -> {
                connection.send(RawHttp2.HEADERS, 0, 1, RawHttp2.head("GET", "/stream/public.h1"));
                for (int i = 0; i < 500 && !connection.isClosed(); i++) {
                    connection.send(
                            RawHttp2.CONTINUATION, 0, 1, new byte[random.nextInt(3) == 0 ? 0 : random.nextInt(2_000)]);
                    requests.incrementAndGet();
                }
            }
            case SETTINGS -> {
                for (int i = 0; i < 500 && !connection.isClosed(); i++) {
                    connection.send(RawHttp2.SETTINGS, 0, 0, RawHttp2.setting(1 + random.nextInt(8), random.nextInt()));
                    requests.incrementAndGet();
                }
            }
            case PINGS -> {
                for (int i = 0; i < 500 && !connection.isClosed(); i++) {
                    connection.send(RawHttp2.PING, 0, 0, new byte[random.nextInt(20) == 0 ? 7 : 8]);
                    requests.incrementAndGet();
                }
            }
            case ZERO_WINDOW -> {
                for (int i = 0; i < 100 && !connection.isClosed(); i++) {
                    int stream = connection.get(random.nextBoolean() ? "/stream/public.h1" : "/");
                    if (random.nextInt(3) == 0) {
                        connection.window(stream, 1);
                    }
                    requests.incrementAndGet();
                }
            }
            case WINDOW_UPDATES -> {
                int stream = connection.get("/stream/public.h1");
                for (int i = 0; i < 300 && !connection.isClosed(); i++) {
                    connection.window(
                            random.nextBoolean() ? 0 : stream, random.nextInt(30) == 0 ? random.nextInt() : 1);
                    requests.incrementAndGet();
                }
            }
            case HEADS -> heads(random, connection);
            default -> bodies(random, connection);
        }
    }

    private void heads(Random random, RawHttp2 connection) {
        for (int i = 0; i < FRAMES && !connection.isClosed(); i++) {
            String header = List.of(
                            "X-Upper: a",
                            "connection: close",
                            "transfer-encoding: chunked",
                            "te: gzip",
                            ":path: /two",
                            "host: evil",
                            "content-length: 5",
                            "content-length: -1",
                            "x: a\r\nb: c",
                            "x: \0",
                            "cookie: " + "a=b;".repeat(2_000),
                            ": empty",
                            "last-event-id: AQ",
                            "origin: null",
                            "expect: 100-continue")
                    .get(random.nextInt(15));
            String path = List.of(
                            "/stream/public.h1", "*", "", "x", "/%zz", "/stream/%ff", "//", "/" + "a".repeat(3_000))
                    .get(random.nextInt(8));
            String method =
                    List.of("GET", "POST", "CONNECT", "TRACE", "get", "", "G T").get(random.nextInt(7));
            if (random.nextInt(10) == 0) {
                connection.send(
                        RawHttp2.HEADERS,
                        RawHttp2.END_HEADERS | RawHttp2.END_STREAM,
                        1 + 2 * random.nextInt(500),
                        bytes(random, 100));
            } else {
                int stream = connection.ask(method, path, true, header);
                if (random.nextInt(20) == 0) {
                    check(connection.status(stream));
                }
            }
            requests.incrementAndGet();
        }
    }

    private void bodies(Random random, RawHttp2 connection) {
        for (int i = 0; i < 20 && !connection.isClosed(); i++) {
            int stream = connection.ask(
                    "POST",
                    "/publish/public.h1",
                    false,
                    "content-type: "
                            + List.of("application/json", "text/plain", "x").get(random.nextInt(3)),
                    random.nextBoolean() ? "content-length: " + random.nextInt(100) : "x: y",
                    random.nextBoolean() ? "content-encoding: gzip" : "z: y");
            connection.send(RawHttp2.DATA, 0, stream, bytes(random, 500));
            connection.send(
                    RawHttp2.DATA,
                    random.nextBoolean() ? RawHttp2.END_STREAM : 0,
                    stream - 2 * random.nextInt(2),
                    "[".repeat(random.nextInt(10_000)).getBytes(US_ASCII));
            if (random.nextInt(3) == 0) {
                connection.reset(stream);
            }
            requests.incrementAndGet();
        }
        int last = connection.get("/health/live");
        check(connection.status(last));
    }

    private void check(int status) {
        if (status >= 0) {
            counts.merge("status " + status, 1, Integer::sum);
        }
        if (status >= 500 && status != UNAVAILABLE) {
            throw new AssertionError("status " + status);
        }
    }
}
