package io.ssebridge.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An identity provider's HTTP server, which serves a key set that a test changes. */
public final class KeySetServer implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final AtomicInteger requests = new AtomicInteger();
    private volatile Answer answer;

    /** An answer to one request. */
    @FunctionalInterface
    public interface Answer {
        /** Writes the answer. */
        void to(HttpExchange exchange) throws IOException;
    }

    /**
     * Starts a server.
     *
     * @param keySet the first key set
     */
    public KeySetServer(String keySet) {
        answer = status(200, keySet);
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        server.createContext("/", this::handle);
        server.setExecutor(threads);
        server.start();
    }

    private void handle(HttpExchange exchange) throws IOException {
        requests.incrementAndGet();
        try (exchange) {
            answer.to(exchange);
        }
    }

    /**
     * Makes an answer of a status and a body.
     *
     * @param status the status
     * @param body the body
     */
    public static Answer status(int status, String body) {
        return exchange -> {
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            try (OutputStream out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        };
    }

    /**
     * Serves another key set from now on.
     *
     * @param keySet the set
     */
    public void serve(String keySet) {
        answer = status(200, keySet);
    }

    /**
     * Answers in another way from now on.
     *
     * @param next the way
     */
    public void answer(Answer next) {
        answer = next;
    }

    /** The URL of the key set. */
    public String url() {
        return "http://127.0.0.1:%d/keys".formatted(server.getAddress().getPort());
    }

    /** How many requests it has got. */
    public int requests() {
        return requests.get();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
