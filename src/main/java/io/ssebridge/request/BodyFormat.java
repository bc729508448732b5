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
    FORM;

    // ASCII is UTF-8 too.
    private static final Set<String> CHARSETS = Set.of("utf-8", "utf8", "us-ascii");

    /**
     * Reads the format from a request's head.
     *
     * @throws Problem if the body can be neither
     */
    public static BodyFormat of(HttpServerRequest request) {
        String coding = request.getHeader(HttpHeaders.CONTENT_ENCODING);
        if (coding != null && !coding.strip().equalsIgnoreCase("identity")) {
            request.response().putHeader(HttpHeaders.ACCEPT_ENCODING, "identity");
            throw Problem.contentCoding();
        }
        return of(request.getHeader(HttpHeaders.CONTENT_TYPE));
    }

    private static BodyFormat of(@Nullable String contentType) {
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
            case "application/x-www-form-urlencoded" -> FORM;
            default -> {
                // https://www.rfc-editor.org/rfc/rfc6839.html#section-3.1
                if (type.startsWith("application/") && type.endsWith("+json")) {
                    yield JSON;
                }
                throw Problem.unsupportedMediaType("unknown Content-Type");
            }
        };
    }
}
