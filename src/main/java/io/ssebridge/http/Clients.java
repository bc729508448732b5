package io.ssebridge.http;

import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Tells the address of a request's client, and how the client has asked. If a trusted proxy sends the request, the headers of the proxy tell
 * it. Otherwise the connection tells it, and such headers mean nothing. Any thread.
 */
final class Clients {
    private final TrustedProxies proxies;

    Clients(TrustedProxies proxies) {
        this.proxies = proxies;
    }

    /** Returns the key for limits per client; see {@link ClientAddress}. */
    String address(HttpServerRequest request) {
        return forwarding(request)
                .flatMap(Forwarding::client)
                .map(ClientAddress::of)
                .orElseGet(() -> ClientAddress.of(peer(request)));
    }

    /** Tells whether the client has asked over TLS. */
    boolean isSecure(HttpServerRequest request) {
        return forwarding(request)
                .flatMap(Forwarding::scheme)
                .map("https"::equals)
                .orElseGet(request::isSSL);
    }

    /**
     * Tells whether the client has shown a certificate. TLS has checked it: a certificate that the configured authority has not
     * signed ends the connection.
     */
    static boolean hasCertificate(HttpServerRequest request) {
        SSLSession session = request.sslSession();
        try {
            return session != null && session.getPeerCertificates().length > 0;
        } catch (SSLPeerUnverifiedException none) {
            return false;
        }
    }

    /** Returns the host that the client has asked, perhaps with a port; null: the request has none. */
    @Nullable
    String host(HttpServerRequest request) {
        Optional<String> told = forwarding(request).flatMap(Forwarding::host);
        return told.isPresent() ? told.get() : RequestAuthority.of(request);
    }

    private Optional<Forwarding> forwarding(HttpServerRequest request) {
        if (proxies.areNone()) {
            return Optional.empty();
        }
        return IpAddress.parse(ClientAddress.withoutZone(peer(request)))
                .filter(proxies::contain)
                .map(proxy -> Forwarding.of(request.headers(), proxies::contain));
    }

    /** Returns the address at the other end of the connection; empty text: it is not known. */
    private static String peer(HttpServerRequest request) {
        SocketAddress remote = request.remoteAddress();
        String host = remote == null ? null : remote.hostAddress();
        return host == null ? "" : host;
    }
}
