package io.ssebridge;

import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A node with an HTTP server of its own, deployable by the name {@code io.ssebridge.SseBridgeVerticle}. Its configuration is
 * the JSON that {@link BridgeOptions#of} reads. Deploy one instance: it serves on all cores.
 */
public final class SseBridgeVerticle extends VerticleBase {
    private @Nullable NodeServer server;

    /** Creates a verticle that is not deployed yet. */
    public SseBridgeVerticle() {}

    @Override
    public Future<?> start() {
        BridgeOptions options = BridgeOptions.of(config());
        return Bridge.open(vertx, options)
                .compose(bridge -> NodeServer.open(vertx, bridge, options.http()))
                .onSuccess(opened -> server = opened);
    }

    @Override
    public Future<?> stop() {
        return Objects.requireNonNull(server, "not deployed").close();
    }
}
