package io.ssebridge.http;

import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The reason why a request is refused, as <a href="https://www.rfc-editor.org/rfc/rfc9457.html">problem details</a>. It
 * is an exception so that it ends a chain of futures. It becomes an answer in one place, {@link FailureHandler}.
 */
final class Problem extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private static final Set<String> ENDING =
            Set.of("malformed", "target-too-long", "header-too-large", "unknown-coding", "timeout");

    private static final Duration RETRY_AFTER = Duration.ofSeconds(5);

    private final int status;
    private final String slug;
    private final String title;
    private final @Nullable String channel;
    private final @Nullable Duration retryAfter;

    private Problem(int status, String slug, String title, String detail, @Nullable String channel) {
        this(status, slug, title, detail, channel, null);
    }

    private Problem(
            int status,
            String slug,
            String title,
            String detail,
            @Nullable String channel,
            @Nullable Duration retryAfter) {
        // Without a stack trace: refusals are expected, and must be cheap.
        super(detail, null, false, false);
        this.status = status;
        this.slug = slug;
        this.title = title;
        this.channel = channel;
        this.retryAfter = retryAfter;
    }

    /** Makes the problem of a request that is not valid HTTP, so that the start of the next request is unknown. */
    static Problem malformed(Throwable cause) {
        if (cause instanceof TooLongHttpLineException) {
            return new Problem(414, "target-too-long", "Target too long", "the request line is too long", null);
        }
        if (cause instanceof TooLongHttpHeaderException) {
            return new Problem(431, "header-too-large", "Header too large", "the header fields are too large", null);
        }
        return new Problem(400, "malformed", "Malformed request", "the request is not valid HTTP/1.1", null);
    }

    static Problem badRequest(String detail) {
        return new Problem(400, "bad-request", "Bad request", detail, null);
    }

    static Problem badToken(String reason) {
        return new Problem(401, "bad-token", "Bad token", "the token is refused: " + reason, null);
    }

    static Problem tokenNeeded(@Nullable String channel) {
        return new Problem(401, "token-needed", "Token needed", "a token is needed, but the request has none", channel);
    }

    static Problem forbidden(String detail, String channel) {
        return new Problem(403, "forbidden", "Forbidden", detail, channel);
    }

    static Problem foreignOrigin() {
        return new Problem(
                403,
                "foreign-origin",
                "Foreign origin",
                "pages of this origin may not send requests for the user",
                null);
    }

    static Problem foreignHost() {
        return new Problem(
                403,
                "foreign-host",
                "Foreign host",
                "the demo answers only requests to a host name of this machine",
                null);
    }

    static Problem noRule(String channel) {
        return new Problem(404, "no-rule", "No such channel", "no rule of the configuration matches", channel);
    }

    static Problem notFound() {
        return new Problem(404, "not-found", "Not found", "there is nothing at this path", null);
    }

    static Problem methodNotAllowed(String allowed) {
        return new Problem(405, "method-not-allowed", "Method not allowed", "expected: " + allowed, null);
    }

    static Problem notAcceptable() {
        return new Problem(
                406,
                "not-acceptable",
                "Not acceptable",
                "a stream is text/event-stream, which the Accept header excludes",
                null);
    }

    static Problem timeout() {
        return new Problem(408, "timeout", "Timeout", "the body did not arrive in time", null);
    }

    static Problem tooLarge(String detail) {
        return new Problem(413, "too-large", "Too large", detail, null);
    }

    static Problem unsupportedMediaType(String found) {
        return new Problem(
                415,
                "unsupported-media-type",
                "Unsupported media type",
                "%s (expected: application/json or text/plain, in UTF-8; application/*+json and, with a Bearer token, forms do as well)"
                        .formatted(found),
                null);
    }

    static Problem contentCoding() {
        return new Problem(
                415,
                "unsupported-media-type",
                "Unsupported media type",
                "Content-Encoding: not understood (expected: none)",
                null);
    }

    static Problem unknownCoding() {
        return new Problem(
                501, "unknown-coding", "Unknown coding", "Transfer-Encoding: not understood (expected: chunked)", null);
    }

    static Problem tooMany(String detail) {
        return tooMany(detail, RETRY_AFTER);
    }

    static Problem tooMany(String detail, Duration retryAfter) {
        return new Problem(429, "too-many", "Too many", detail, null, retryAfter);
    }

    static Problem tokensWait() {
        return tooMany("too many tokens wait to be checked");
    }

    static Problem unavailable(String detail) {
        return new Problem(503, "unavailable", "Unavailable", detail, null);
    }

    static Problem internal() {
        return new Problem(500, "internal", "Internal error", "the node failed to answer; its log says why", null);
    }

    Problem at(String where) {
        return new Problem(status, slug, title, String.valueOf(getMessage()), where, retryAfter);
    }

    int status() {
        return status;
    }

    /** Returns the last part of the problem's type. */
    String slug() {
        return slug;
    }

    /** Tells whether the connection must be closed, because the start of the next request is unknown or far away. */
    boolean endsConnection() {
        return ENDING.contains(slug);
    }

    void send(HttpServerResponse response) {
        response.setStatusCode(status).putHeader("Content-Type", "application/problem+json");
        response.putHeader("Cache-Control", "no-store");
        if (endsConnection()) {
            response.putHeader("Connection", "close");
        }
        if (status == 401) {
            response.putHeader(
                    "WWW-Authenticate", slug.equals("bad-token") ? "Bearer error=\"invalid_token\"" : "Bearer");
        } else if (status == 405) {
            response.putHeader("Allow", String.valueOf(getMessage()).substring("expected: ".length()));
        }
        if (retryAfter != null) {
            // Whole seconds, rounded up so that the client never comes too early.
            response.putHeader(
                    "Retry-After", Long.toString(retryAfter.plusMillis(999).toSeconds()));
        }
        response.end(toJson().encode());
    }

    /** Returns the problem as clients read it. */
    JsonObject toJson() {
        JsonObject body = new JsonObject()
                .put("type", "urn:sse-bridge:" + slug)
                .put("title", title)
                .put("status", status)
                .put("detail", getMessage());
        return channel == null ? body : body.put("channel", channel);
    }
}
