package io.ssebridge.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * Stands between clients and nodes and cuts each connection after a random number of bytes of the response, by FIN or by RST: in the
 * head, in a chunk's size, in a field's name, wherever it falls. Any thread may call.
 */
public final class CuttingProxy implements AutoCloseable {
    private static final int BUFFER = 16 * 1024;

    private final ServerSocket server;
    private final Supplier<URI> upstream;
    private final Random random;
    private final int mostBytes;
    private final AtomicInteger cuts = new AtomicInteger();
    private final ExecutorService threads = Executors.newCachedThreadPool(task -> {
        Thread thread = new Thread(task, "cutting-proxy");
        thread.setDaemon(true);
        return thread;
    });
    private volatile boolean calm;

    /**
     * Listens on a port of its own.
     *
     * @param upstream the node for each connection
     * @param seed of the random numbers
     * @param mostBytes it cuts after this number of bytes at the latest
     */
    public CuttingProxy(Supplier<URI> upstream, long seed, int mostBytes) {
        this.upstream = upstream;
        this.random = new Random(seed);
        this.mostBytes = mostBytes;
        try {
            server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        threads.execute(this::accept);
    }

    /**
     * An address behind the proxy.
     *
     * @param pathAndQuery from the first slash on
     */
    public URI uri(String pathAndQuery) {
        return URI.create("http://127.0.0.1:" + server.getLocalPort() + pathAndQuery);
    }

    /** How many connections it has cut. */
    public int cuts() {
        return cuts.get();
    }

    /** Cuts no connection any more. */
    public void calm() {
        calm = true;
    }

    @Override
    public void close() {
        threads.shutdownNow();
        close(server);
    }

    private void accept() {
        while (!server.isClosed()) {
            try {
                Socket client = server.accept();
                int bytes = bytes();
                boolean abrupt = random.nextBoolean();
                threads.execute(() -> serve(client, bytes, abrupt));
            } catch (IOException closed) {
                return;
            }
        }
    }

    // One in eight within the head and the first events; the others anywhere.
    private int bytes() {
        return 1 + random.nextInt(random.nextInt(8) == 0 ? 700 : mostBytes);
    }

    private void serve(Socket client, int bytes, boolean abrupt) {
        try (client) {
            URI node = upstream.get();
            try (Socket server = new Socket()) {
                server.connect(new InetSocketAddress(node.getHost(), node.getPort()), 2_000);
                client.setTcpNoDelay(true);
                threads.execute(() -> copyRequest(client, server));
                if (copy(server.getInputStream(), client.getOutputStream(), bytes)) {
                    cuts.incrementAndGet();
                    if (abrupt) {
                        client.setSoLinger(true, 0);
                    }
                }
                server.setSoLinger(true, 0);
            }
        } catch (IOException gone) {
            // The client comes again.
        }
    }

    private static void copyRequest(Socket client, Socket server) {
        try {
            client.getInputStream().transferTo(server.getOutputStream());
            // The client has gone.
            server.setSoLinger(true, 0);
            server.close();
        } catch (IOException ended) {
            close(server);
        }
    }

    /** Whether it stopped because of the number of bytes. */
    private boolean copy(InputStream from, OutputStream to, int bytes) throws IOException {
        byte[] buffer = new byte[BUFFER];
        int rest = bytes;
        while (true) {
            int count = from.read(buffer);
            if (count < 0) {
                return false;
            }
            if (!calm && count >= rest) {
                to.write(buffer, 0, rest);
                return true;
            }
            to.write(buffer, 0, count);
            rest = calm ? rest : rest - count;
        }
    }

    private static void close(AutoCloseable what) {
        try {
            what.close();
        } catch (Exception e) {
            // It was to go anyway.
        }
    }
}
