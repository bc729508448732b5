package io.ssebridge.tls;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the certificates of servers current. It reads the files every few seconds, because a change of them is not told. If they
 * cannot be used, the servers keep the certificates that they have. The log says so once.
 *
 * <p><b>Owner:</b> one context; methods are for any thread.
 */
public final class CertificateWatch {
    private static final Logger LOG = LoggerFactory.getLogger(CertificateWatch.class);
    private static final Duration PERIOD = Duration.ofSeconds(5);

    /** A server that uses the certificates. */
    public interface Server {
        /**
         * Uses other certificates for new connections.
         *
         * @return completes when they are in use
         */
        Future<?> use(Certificates certificates);
    }

    private final Vertx vertx;
    private final Context owner;
    private final TlsOptions files;
    private final String section;
    private final String authorityKey;
    private final List<Server> servers = new CopyOnWriteArrayList<>();
    private volatile Certificates current;

    // Owner only.
    private long timer = -1;
    private boolean looking;
    private boolean failing;

    private CertificateWatch(Vertx vertx, TlsOptions files, String section, String authorityKey, Certificates current) {
        this.vertx = vertx;
        this.owner = vertx.getOrCreateContext();
        this.files = files;
        this.section = section;
        this.authorityKey = authorityKey;
        this.current = current;
    }

    /**
     * Reads the files, and goes on looking for changes of them.
     *
     * @param files the files
     * @param section the section of the configuration that names them; messages begin with it
     * @param authorityKey the key of the authority's certificates in this section
     * @return fails with an {@link IllegalArgumentException} if the files cannot be used
     */
    public static Future<CertificateWatch> open(Vertx vertx, TlsOptions files, String section, String authorityKey) {
        return open(vertx, files, section, authorityKey, PERIOD);
    }

    static Future<CertificateWatch> open(
            Vertx vertx, TlsOptions files, String section, String authorityKey, Duration period) {
        return vertx.executeBlocking(() -> Certificates.read(vertx, files, section, authorityKey), false)
                .map(read -> {
                    CertificateWatch watch =
                            new CertificateWatch(vertx, files, section, authorityKey, Objects.requireNonNull(read));
                    watch.start(period);
                    return watch;
                });
    }

    private void start(Duration period) {
        owner.runOnContext(started -> timer = vertx.setPeriodic(period.toMillis(), look -> look()));
    }

    /** Returns the certificates that are in use. */
    public Certificates current() {
        return current;
    }

    /**
     * Adds a server, which gets the certificates of the files whenever they change.
     *
     * @param used the certificates that it uses now, which this watch has returned
     */
    public void add(Server server, Certificates used) {
        servers.add(server);
        owner.runOnContext(added -> {
            if (!used.equals(current)) {
                server.use(current).onFailure(this::keep);
            }
        });
    }

    /** Gives a server no more certificates. */
    public void remove(Server server) {
        servers.remove(server);
    }

    /** Looks for no more changes. */
    public void close() {
        owner.runOnContext(closed -> {
            boolean unused = vertx.cancelTimer(timer);
        });
    }

    private void look() {
        if (looking) {
            return;
        }
        looking = true;
        vertx.executeBlocking(() -> Certificates.read(vertx, files, section, authorityKey), false)
                .compose(read -> replace(Objects.requireNonNull(read)))
                .onFailure(this::keep)
                .onComplete(looked -> looking = false);
    }

    private Future<Void> replace(Certificates read) {
        if (read.equals(current)) {
            mended();
            return Future.succeededFuture();
        }
        List<Future<?>> used = new ArrayList<>();
        servers.forEach(server -> used.add(server.use(read)));
        return Future.all(used).map(all -> {
            current = read;
            failing = false;
            LOG.info("{}: the files have changed, and new connections use their certificate", section);
            return null;
        });
    }

    private void mended() {
        if (failing) {
            failing = false;
            LOG.info("{}: the files can be used again", section);
        }
    }

    private void keep(Throwable cause) {
        if (!failing) {
            failing = true;
            LOG.warn(
                    "The files of {} cannot be used, and the certificate before them stays: {}",
                    section,
                    cause.getMessage());
        }
    }
}
