package io.ssebridge.demo;

import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.Json;

/**
 * Calls this node as a service of somebody else does that knows an address and posts its own JSON there. The call ends the
 * channel.
 *
 * <p><b>Owner:</b> the context of the demo.
 */
final class Webhook {
    private static final int TIMEOUT_MILLIS = 3_000;

    private final HttpClient client;
    private final String host;
    private final String path;
    private int port;

    /**
     * Creates the service.
     *
     * @param host the host of this node
     * @param path the prefix of the bridge's paths
     */
    Webhook(Vertx vertx, String host, String path) {
        this.client = vertx.createHttpClient(new HttpClientOptions().setKeepAlive(false));
        this.host = host;
        this.path = path;
    }

    void port(int port) {
        this.port = port;
    }

    /**
     * Posts the last event of a channel.
     *
     * @param channel a name that needs no encoding
     * @param key the idempotency key, which needs no encoding
     * @param body becomes JSON
     * @return completes when the bridge has answered that the event is kept, or that the channel has ended before
     */
    Future<Void> call(String channel, String event, String key, Object body) {
        RequestOptions request = new RequestOptions()
                .setMethod(HttpMethod.POST)
                .setHost(host)
                .setPort(port)
                .setURI("%spublish/%s?raw=true&event=%s&key=%s&end=true".formatted(path, channel, event, key))
                .setConnectTimeout(TIMEOUT_MILLIS)
                .setIdleTimeout(TIMEOUT_MILLIS)
                .putHeader("Content-Type", "application/json");
        return client.request(request)
                .compose(open -> open.send(Json.encode(body)))
                .compose(response -> response.body().compose(read -> check(response.statusCode())));
    }

    private static Future<Void> check(int status) {
        return status == 200 || status == 201 || status == Refusals.ENDED
                ? Future.succeededFuture()
                : Future.failedFuture(Refusals.of(status, "the webhook was refused"));
    }
}
