package io.ssebridge.request;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;

/** How the body of a request is compressed. */
public enum ContentCoding {
    /** Not at all. */
    IDENTITY,
    /** <a href="https://www.rfc-editor.org/rfc/rfc1952.html">gzip</a>. */
    GZIP;

    /**
     * Reads the coding from a request's head. If it is unknown, the answer names the known one (<a
     * href="https://www.rfc-editor.org/rfc/rfc7694.html#section-3">RFC 7694</a>).
     *
     * @throws Problem if the coding is unknown
     */
    public static ContentCoding of(HttpServerRequest request) {
        List<String> codings = request.headers().getAll(HttpHeaders.CONTENT_ENCODING);
        String coding = String.join(",", codings).strip().toLowerCase(Locale.ROOT);
        return switch (coding) {
            case "", "identity" -> IDENTITY;
            case "gzip", "x-gzip" -> GZIP;
            default -> {
                request.response().putHeader(HttpHeaders.ACCEPT_ENCODING, "gzip");
                throw Problem.contentCoding();
            }
        };
    }
}
