package io.ssebridge.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import org.jspecify.annotations.Nullable;

/** The host and the port that a request asks: {@code Host}, or {@code :authority} of HTTP/2. */
final class RequestAuthority {
    private RequestAuthority() {}

    /** Returns the host and the port; null: the request has none. */
    static @Nullable String of(HttpServerRequest request) {
        return request.authority() == null ? null : request.authority().toString();
    }

    /** Tells whether a text is a name or an address, with or without a port. */
    static boolean isValid(String text) {
        return HostAndPort.parseAuthority(text, -1) != null;
    }
}
