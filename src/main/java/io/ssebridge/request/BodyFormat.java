package io.ssebridge.request;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the body of a publish request is written. */
public enum BodyFormat {
    /** An event as a JSON object, or an array of them. */
    JSON,
    /** The data of an event. */
    TEXT,
    /** The fields of an event, as a form sends them. */
    FORM,
    /** Any number of events, each as a JSON object in a line of its own. */
    LINES;

    // ASCII is UTF-8 too.
    private static final Set<String> CHARSETS = Set.of("utf-8", "utf8", "us-ascii");

    /**
     * Reads the format from a request's head.
     *
     * @param raw whether the body is the data of one event: then it may be any JSON or text
     * @throws Problem if the body can be none of them
     */
    public static BodyFormat of(HttpServerRequest request, boolean raw) {
        return of(request.getHeader(HttpHeaders.CONTENT_TYPE), raw);
    }

    private static BodyFormat of(@Nullable String contentType, boolean raw) {
        if (contentType == null) {
            throw Problem.unsupportedMediaType("no Content-Type");
        }
        String[] parts = contentType.toLowerCase(Locale.ROOT).split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip().replace("\"", "");
            if (parameter.startsWith("charset=") && !CHARSETS.contains(parameter.substring("charset=".length()))) {
                throw Problem.unsupportedMediaType("Content-Type with " + parameter);
            }
        }
        String type = parts[0].strip();
        return switch (type) {
            case "application/json" -> JSON;
            case "text/plain" -> TEXT;
            case "application/x-ndjson" -> {
                if (raw) {
                    throw Problem.unsupportedMediaType("application/x-ndjson with raw=true");
                }
                yield LINES;
            }
            case "application/x-www-form-urlencoded" -> {
                if (raw) {
                    throw Problem.unsupportedMediaType("a form with raw=true");
                }
                yield FORM;
            }
            default -> {
                // https://www.rfc-editor.org/rfc/rfc6839.html#section-3.1
                if (type.startsWith("application/") && type.endsWith("+json")) {
                    yield JSON;
                }
                if (raw && type.startsWith("text/")) {
                    yield TEXT;
                }
                throw Problem.unsupportedMediaType("unknown Content-Type");
            }
        };
    }
}
