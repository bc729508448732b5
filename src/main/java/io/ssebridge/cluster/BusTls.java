package io.ssebridge.cluster;

import io.ssebridge.tls.Certificates;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.EventBusOptions;
import io.vertx.core.http.ClientAuth;

/** TLS of the event bus. Every member shows a certificate, and accepts the members with one of the same authority. */
final class BusTls {
    private BusTls() {}

    /**
     * Switches TLS on, if it is configured. This waits for the disk.
     *
     * @throws IllegalArgumentException if the files cannot be used
     */
    static void apply(ClusterOptions options, EventBusOptions bus) {
        if (options.tls().isEmpty()) {
            return;
        }
        // A separate Vert.x parses the files: the Vert.x of the node cannot start without these options.
        Vertx parser = Vertx.vertx();
        try {
            read(parser, options).applyTo(bus);
        } finally {
            var unused = parser.close();
        }
        bus.setClientAuth(ClientAuth.REQUIRED);
    }

    /** Reads the files of the options, which have TLS. */
    static Certificates read(Vertx vertx, ClusterOptions options) {
        return Certificates.read(vertx, options.tls().orElseThrow(), ClusterOptions.TLS, ClusterOptions.CA);
    }
}
