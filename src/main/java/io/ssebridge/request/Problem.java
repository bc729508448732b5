package io.ssebridge.request;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a request is refused, as <a href="https://www.rfc-editor.org/rfc/rfc9457.html">problem details</a>. It
 * is an exception so that it ends a chain of futures. It becomes an answer in one place, {@code FailureHandler}.
 */
public final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);
    private static final Map<String, String> NONE = Map.of();
    private static final String CONNECTION = "Connection";
    private static final Map<String, String> CLOSE = Map.of(CONNECTION, "close");

    private final int status;
    private final String slug;
    private final String title;
    private final @Nullable String channel;
    private final transient Map<String, String> headers;

    private Problem(int status, String slug, String title, String detail, Map<String, String> headers) {
        this(status, slug, title, detail, headers, null);
    }

    private Problem(
            int status,
            String slug,
            String title,
            String detail,
            Map<String, String> headers,
            @Nullable String channel) {
        // Without a stack trace: refusals are expected, and must be cheap.
        super(detail, null, false, false);
        this.status = status;
        this.slug = slug;
        this.title = title;
        this.headers = headers;
        this.channel = channel;
    }

    /** Makes the problem of a request that is not valid HTTP, so that the start of the next request is unknown. */
    public static Problem malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new Problem(414, "target-too-long", "Target too long", "the request line is too long", CLOSE);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new Problem(431, "header-too-large", "Header too large", "the header fields are too large", CLOSE);
        }
        return new Problem(400, "malformed", "Malformed request", "the request is not valid HTTP/1.1", CLOSE);
    }

    /** Makes the problem of a request that is wrong, such as a bad parameter or body. */
    public static Problem badRequest(String detail) {
        return new Problem(400, "bad-request", "Bad request", detail, NONE);
    }

    /** Makes the problem of a request with an invalid token. */
    public static Problem badToken(String reason) {
        return new Problem(
                401,
                "bad-token",
                "Bad token",
                "the token is refused: " + reason,
                Map.of("WWW-Authenticate", "Bearer error=\"invalid_token\""));
    }

    /** Makes the problem of a request without a token, where one is needed. */
    public static Problem tokenNeeded(@Nullable String channel) {
        return new Problem(
                401,
                "token-needed",
                "Token needed",
                "a token is needed, but the request has none",
                Map.of("WWW-Authenticate", "Bearer"),
                channel);
    }

    /** Makes the problem of a token that does not allow this. */
    public static Problem forbidden(String detail) {
        return new Problem(403, "forbidden", "Forbidden", detail, NONE);
    }

    /** Makes the problem of a token that does not allow this on a channel. */
    public static Problem forbidden(String detail, String channel) {
        return forbidden(detail).at(channel);
    }

    /**
     * Makes the problem of a channel with a service that decides about subscribers, and has not done so: it has not answered
     * in time, or its answer is wrong.
     */
    public static Problem undecided(String channel) {
        return new Problem(
                403,
                "undecided",
                "No decision",
                "the service that decides about this channel gave no usable answer",
                NONE,
                channel);
    }

    /** Makes the problem of a subject that was disconnected from a channel a moment ago. */
    public static Problem disconnected(String channel, Duration rest) {
        return new Problem(
                403,
                "disconnected",
                "Disconnected",
                "this subject was disconnected from the channel, and cannot open it for a while",
                Map.of("Retry-After", seconds(rest)),
                channel);
    }

    /** Makes the problem of a request with a cookie, from a page of another origin. */
    public static Problem foreignOrigin() {
        return new Problem(
                403,
                "foreign-origin",
                "Foreign origin",
                "pages of this origin may not send requests for the user",
                NONE);
    }

    /** Makes the problem of a request to a demo under the name of another machine. */
    public static Problem foreignHost() {
        return new Problem(
                403,
                "foreign-host",
                "Foreign host",
                "the demo answers only requests to a host name of this machine",
                NONE);
    }

    /** Makes the problem of a channel that no rule of the configuration matches. */
    public static Problem noRule(String channel) {
        return new Problem(404, "no-rule", "No such channel", "no rule of the configuration matches", NONE, channel);
    }

    /** Makes the problem of an unknown path. */
    public static Problem notFound() {
        return new Problem(404, "not-found", "Not found", "there is nothing at this path", NONE);
    }

    /** Makes the problem of an id that is not that of an open stream. */
    public static Problem noSubscriber() {
        return new Problem(
                404, "no-subscriber", "No such subscriber", "no open stream of this subject has this id", NONE);
    }

    /** Makes the problem of a new token for a stream without one. */
    public static Problem anonymousStream() {
        return new Problem(
                409,
                "anonymous-stream",
                "Anonymous stream",
                "the stream was opened without a token, so it does not expire",
                NONE);
    }

    /** Makes the problem of a method that a path does not have. */
    public static Problem methodNotAllowed(String allowed) {
        return new Problem(
                405, "method-not-allowed", "Method not allowed", "expected: " + allowed, Map.of("Allow", allowed));
    }

    /** Makes the problem of a client that does not accept an event stream. */
    public static Problem notAcceptable() {
        return new Problem(
                406,
                "not-acceptable",
                "Not acceptable",
                "a stream is text/event-stream, which the Accept header excludes",
                NONE);
    }

    /** Makes the problem of a body that arrives too slowly, so that the end of the request is far away. */
    public static Problem timeout() {
        return new Problem(408, "timeout", "Timeout", "the body did not arrive in time", CLOSE);
    }

    /** Makes the problem of an event for a channel that has ended. */
    public static Problem ended(String detail) {
        return new Problem(409, "ended", "The channel has ended", detail, NONE);
    }

    /** Makes the problem of a request that does not fit the present state. */
    public static Problem conflict(String detail) {
        return new Problem(409, "conflict", "Not now", detail, NONE);
    }

    /** Makes the problem of a request that is larger than a limit. */
    public static Problem tooLarge(String detail) {
        return new Problem(413, "too-large", "Too large", detail, NONE);
    }

    /** Makes the problem of a body in an unknown format. */
    public static Problem unsupportedMediaType(String found) {
        return new Problem(
                415,
                "unsupported-media-type",
                "Unsupported media type",
                "%s (expected: application/json, application/x-ndjson or text/plain, in UTF-8; application/*+json and, with a Bearer token, forms do as well)"
                        .formatted(found),
                NONE);
    }

    static Problem contentCoding() {
        return new Problem(
                415,
                "unsupported-media-type",
                "Unsupported media type",
                "Content-Encoding: not understood (expected: gzip, or none)",
                NONE);
    }

    /** Makes the problem of an unknown transfer coding, so that the end of the body is unknown. */
    public static Problem unknownCoding() {
        return new Problem(
                501,
                "unknown-coding",
                "Unknown coding",
                "Transfer-Encoding: not understood (expected: chunked)",
                CLOSE);
    }

    /** Makes the problem of a request beyond a limit; the client may try again after 5 s. */
    public static Problem tooMany(String detail) {
        return tooMany(detail, RETRY_AFTER);
    }

    /** Makes the problem of a request beyond a limit; the client may try again after a time. */
    public static Problem tooMany(String detail, Duration retryAfter) {
        return new Problem(429, "too-many", "Too many", detail, Map.of("Retry-After", seconds(retryAfter)));
    }

    /** Makes the problem of a token that comes while many others wait for their check. */
    public static Problem tokensWait() {
        return tooMany("too many tokens wait to be checked");
    }

    /** Makes the problem of a token that cannot be checked yet. */
    public static Problem noKeysYet() {
        return new Problem(
                503,
                "unavailable",
                "Unavailable",
                "the node does not have the keys yet that check tokens",
                Map.of("Retry-After", seconds(RETRY_AFTER)));
    }

    /** Makes the problem of a request that the node cannot answer at present. */
    public static Problem unavailable(String detail) {
        return new Problem(503, "unavailable", "Unavailable", detail, NONE);
    }

    /** Makes the problem of a failure of the node itself. */
    public static Problem internal() {
        return new Problem(500, "internal", "Internal error", "the node failed to answer; its log says why", NONE);
    }

    /** Returns whole seconds, rounded up so that the client never comes too early. */
    private static String seconds(Duration time) {
        return Long.toString(time.plusMillis(999).toSeconds());
    }

    /** Makes the same problem, for a channel. */
    public Problem at(String where) {
        return new Problem(status, slug, title, String.valueOf(getMessage()), headers, where);
    }

    /** Returns the status of the answer. */
    public int status() {
        return status;
    }

    /** Returns the last part of the problem's type. */
    public String slug() {
        return slug;
    }

    /** Tells whether the same request may succeed a little later, without any change by the client. */
    public boolean isTemporary() {
        return status == 429 || status == 503 || slug.equals("undecided");
    }

    /** Tells whether the connection must be closed, because the start of the next request is unknown or far away. */
    public boolean endsConnection() {
        return headers.containsKey(CONNECTION);
    }

    /** Writes the problem as the answer to a request. */
    public void send(HttpServerResponse response) {
        response.setStatusCode(status).putHeader("Content-Type", "application/problem+json");
        response.putHeader("Cache-Control", "no-store");
        // In HTTP/2 a connection has many requests, and no header is about the connection.
        boolean isAlone = response.streamId() < 0;
        headers.forEach((name, value) -> {
            if (isAlone || !name.equals(CONNECTION)) {
                response.putHeader(name, value);
            }
        });
        response.end(toJson().encode());
    }

    /** Returns the problem as clients read it. */
    public JsonObject toJson() {
        JsonObject body = new JsonObject()
                .put("type", "urn:sse-bridge:" + slug)
                .put("title", title)
                .put("status", status)
                .put("detail", getMessage());
        return channel == null ? body : body.put("channel", channel);
    }
}
