package io.ssebridge.http;

import io.ssebridge.access.CookieOptions;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;

/**
 * Writes the header that <a href="https://www.rfc-editor.org/rfc/rfc6265.html#section-4.1">sets the session cookie</a>. By
 * hand, since the cookies of Vert.x know no {@code Partitioned}.
 */
final class SessionCookie {
    private SessionCookie() {}

    /**
     * Sets the cookie.
     *
     * @param isSecure whether the client has asked over TLS, which decides {@code Secure} unless it is configured
     * @param token a verified token: no character of it needs quoting
     * @param maxAge for how long
     */
    static void set(
            HttpServerResponse response, CookieOptions options, boolean isSecure, String token, Duration maxAge) {
        add(response, options, token, options.secure().orElse(isSecure), Math.max(0, maxAge.toSeconds()));
    }

    /**
     * Removes the cookie.
     *
     * @param isSecure as above
     */
    static void forget(HttpServerResponse response, CookieOptions options, boolean isSecure) {
        // Only a Secure cookie can remove a Secure cookie. Over plain HTTP browsers refuse it.
        add(response, options, "", options.secure().orElse(isSecure), 0);
    }

    private static void add(
            HttpServerResponse response, CookieOptions options, String value, boolean secure, long maxAgeSeconds) {
        StringBuilder cookie = new StringBuilder(options.name())
                .append('=')
                .append(value)
                .append("; Max-Age=")
                .append(maxAgeSeconds)
                .append("; Path=/; HttpOnly; SameSite=")
                .append(options.sameSite().word());
        options.domain().ifPresent(domain -> cookie.append("; Domain=").append(domain));
        if (secure) {
            cookie.append("; Secure");
        }
        if (options.partitioned()) {
            cookie.append("; Partitioned");
        }
        response.headers().add(HttpHeaders.SET_COOKIE, cookie.toString());
    }
}
