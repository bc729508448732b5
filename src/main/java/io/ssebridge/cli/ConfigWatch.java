package io.ssebridge.cli;

import io.ssebridge.NodeServer;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.Objects;

/**
 * Reads the configuration of a running node again: at SIGHUP, and when its file has another content. It looks at the content
 * every two seconds, because a change of a mounted file is not told. A content counts when two looks in turn have found it:
 * the first one may have found a file that is being written.
 *
 * <p><b>Owner:</b> one context.
 */
final class ConfigWatch {
    private static final Duration PERIOD = Duration.ofSeconds(2);

    private final Vertx vertx;
    private final Context owner;
    private final NodeServer server;
    private final ConfigFile file;
    private String seen;
    private boolean busy;

    private ConfigWatch(Vertx vertx, NodeServer server, ConfigFile file) {
        this.vertx = vertx;
        this.owner = vertx.getOrCreateContext();
        this.server = server;
        this.file = file;
        this.seen = file.taken();
    }

    /**
     * Watches a file as long as the Vert.x is open.
     *
     * @param file read already, for the options of the running node
     */
    static void start(Vertx vertx, NodeServer server, ConfigFile file) {
        ConfigWatch watch = new ConfigWatch(vertx, server, file);
        watch.owner.runOnContext(started -> {
            long unused = vertx.setPeriodic(PERIOD.toMillis(), tick -> watch.look(false));
        });
        HangUp.handle(() -> watch.owner.runOnContext(hungUp -> watch.look(true)));
    }

    private void look(boolean isAsked) {
        if (busy && !isAsked) {
            return;
        }
        busy = true;
        Future<Void> unused = vertx.executeBlocking(file::fingerprint, false)
                .map(Objects::requireNonNull)
                .compose(found -> {
                    boolean isStable = found.equals(seen);
                    seen = found;
                    if (!isAsked && (found.equals(file.taken()) || !isStable)) {
                        return Future.succeededFuture();
                    }
                    return server.reload(file::read);
                })
                // The node has said what is wrong.
                .<Void>transform(done -> {
                    busy = false;
                    return Future.succeededFuture();
                });
    }
}
