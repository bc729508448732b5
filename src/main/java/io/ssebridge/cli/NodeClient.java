package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Sends requests to a running node, and says in one line why a request failed. The calling thread waits. */
final class NodeClient {
    static final String DEFAULT_URL = "http://localhost:8080";

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final int NO_CONTENT = 204;
    private static final int UNAUTHORIZED = 401;
    private static final int NOT_FOUND = 404;
    private static final int TOO_MANY = 429;

    private final String base;
    private final Optional<String> token;
    // HTTP/2 would begin with a request to upgrade, which proxies may refuse.
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT_TIMEOUT)
            .build();

    private NodeClient(String base, Optional<String> token) {
        this.base = base;
        this.token = token;
    }

    /**
     * Creates a client.
     *
     * @param url where the node is, with the path under which it serves
     * @param token the token of each request, if any
     * @throws ConfigException if the URL or the token cannot be one
     */
    static NodeClient of(String url, Optional<String> token) {
        if (!isUrl(url)) {
            throw new ConfigException("URL: %s (expected: such as %s)".formatted(OneLine.quote(url), DEFAULT_URL));
        }
        if (token.isPresent() && !token.get().chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new ConfigException("--token: has a character that is never in a token (expected: a token)");
        }
        return new NodeClient(url.replaceFirst("/+$", ""), token);
    }

    private static boolean isUrl(String url) {
        try {
            URI uri = new URI(url);
            return url.matches("https?://.*")
                    && uri.getHost() != null
                    && uri.getRawUserInfo() == null
                    && uri.getRawQuery() == null
                    && uri.getRawFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    /** Encodes a text as one segment of a path, or as a value of a query. */
    static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
    }

    /** Starts a request with the token. */
    HttpRequest.Builder request(String pathAndQuery) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + pathAndQuery));
        token.ifPresent(each -> request.header("Authorization", "Bearer " + each));
        return request;
    }

    /** Describes a POST request with the token, for a client of Vert.x. */
    RequestOptions post(String pathAndQuery, String type) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setAbsoluteURI(base + pathAndQuery)
                .putHeader("Content-Type", type);
        token.ifPresent(each -> request.putHeader("Authorization", "Bearer " + each));
        return request;
    }

    /**
     * Sends a request, and returns when the body has come or, for a body that is read as a stream, when the head has.
     *
     * @throws IOException if the answer does not come
     */
    <T> HttpResponse<T> send(HttpRequest.Builder request, BodyHandler<T> body)
            throws IOException, InterruptedException {
        CompletableFuture<HttpResponse<T>> answer = http.sendAsync(request.build(), body);
        try {
            return answer.get(ANSWER_TIMEOUT.toSeconds(), TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new IOException("no answer within %d s".formatted(ANSWER_TIMEOUT.toSeconds()), e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof ConnectException cause) {
                throw cause;
            }
            throw new IOException(String.valueOf(e.getCause()), e);
        } finally {
            boolean unused = answer.cancel(true);
        }
    }

    /**
     * Returns the answer to a GET request.
     *
     * @throws ConfigException if no answer comes, or the node refuses
     */
    JsonObject get(String pathAndQuery) throws InterruptedException {
        HttpResponse<String> answer;
        try {
            answer = send(request(pathAndQuery), BodyHandlers.ofString());
        } catch (IOException e) {
            throw unreachable(e);
        }
        Optional<JsonObject> json = json(answer.body());
        if (answer.statusCode() != 200 || json.isEmpty()) {
            throw refusal(answer.statusCode(), answer.body());
        }
        return json.get();
    }

    /** Tells whether the same request may succeed later. */
    static boolean isTransient(int status) {
        return status == TOO_MANY || status >= 500;
    }

    /** Tells whether the channels of a stream have ended. */
    static boolean isEnd(int status) {
        return status == NO_CONTENT;
    }

    /** Returns how long a client should wait before it repeats the request. */
    static Duration retryAfter(HttpResponse<?> answer) {
        return answer.headers()
                .firstValue("Retry-After")
                .filter(text -> text.matches("[0-9]{1,4}"))
                .map(text -> Duration.ofSeconds(Long.parseLong(text)))
                .orElse(Duration.ZERO);
    }

    /** Waits. Its end by an interrupt is the end of the command. */
    static void pause(Duration time) throws InterruptedException {
        boolean unused = new CountDownLatch(1).await(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    /** Describes an answer that is a problem: with its title and detail, if the server is a node. */
    String problem(int status, String body) {
        return json(body)
                .filter(json -> json.getValue("title") instanceof String && json.getValue("detail") instanceof String)
                .map(json -> "%s%s: %s"
                        .formatted(
                                json.getValue("channel") instanceof String channel ? channel + ": " : "",
                                json.getString("title"),
                                json.getString("detail")))
                .orElse("%s answered with the status %d, not as a node does".formatted(base, status));
    }

    /** Makes the exception for an answer after which the command ends. */
    ConfigException refusal(int status, String body) {
        boolean isOfNode = json(body).filter(json -> json.containsKey("detail")).isPresent();
        String hint = "";
        if (status == UNAUTHORIZED) {
            hint = " (expected: a valid token, as --token or in SSE_TOKEN)";
        } else if (!isOfNode || status == NOT_FOUND && body.contains("urn:sse-bridge:not-found")) {
            hint = " (expected: the URL of a node, with its http.path)";
        }
        return new ConfigException(problem(status, body) + hint);
    }

    /** Makes the exception for a node that does not answer. */
    ConfigException unreachable(IOException e) {
        return new ConfigException(
                "no answer from %s: %s (expected: the URL of a running node)".formatted(base, reason(e)), e);
    }

    /** Describes a failed connection. */
    static String reason(IOException e) {
        if (e instanceof ConnectException) {
            return e.getMessage() == null ? "no connection" : e.getMessage();
        }
        return String.valueOf(e.getMessage());
    }

    private static Optional<JsonObject> json(String body) {
        try {
            return Optional.of(new JsonObject(body));
        } catch (DecodeException e) {
            return Optional.empty();
        }
    }
}
