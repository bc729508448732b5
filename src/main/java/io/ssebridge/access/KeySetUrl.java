package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.time.Duration;

/**
 * A key set at a URL. Each fetch has a time-out and a limit of size. Redirects are not followed: they could lead to
 * another issuer.
 */
final class KeySetUrl implements KeySetDocument {
    private static final Duration PERIOD = Duration.ofMinutes(5);
    private static final Duration LEAST_PERIOD = Duration.ofSeconds(10);
    private static final Duration TIMEOUT = Duration.ofSeconds(5);
    private static final int OK = 200;

    private final Vertx vertx;
    private final String url;
    private final Duration timeout;
    private final Duration period;
    private final Duration leastPeriod;
    private final HttpClient client;

    KeySetUrl(Vertx vertx, String url) {
        this(vertx, url, TIMEOUT, PERIOD, LEAST_PERIOD);
    }

    KeySetUrl(Vertx vertx, String url, Duration timeout, Duration period, Duration leastPeriod) {
        this.vertx = vertx;
        this.url = url;
        this.timeout = timeout;
        this.period = period;
        this.leastPeriod = leastPeriod;
        this.client = vertx.createHttpClient(new HttpClientOptions()
                .setSsl(url.regionMatches(true, 0, "https:", 0, "https:".length()))
                // One fetch in five minutes needs no connection in between.
                .setKeepAlive(false)
                .setConnectTimeout(Math.toIntExact(timeout.toMillis())));
    }

    @Override
    public Future<byte[]> read() {
        Promise<byte[]> content = Promise.promise();
        long timer = vertx.setTimer(
                timeout.toMillis(),
                late -> content.tryFail(
                        new KeySetException("no complete answer within %d ms".formatted(timeout.toMillis()))));
        client.request(new RequestOptions()
                        .setMethod(HttpMethod.GET)
                        .setAbsoluteURI(url)
                        .setFollowRedirects(false)
                        .putHeader(HttpHeaders.ACCEPT, "application/jwk-set+json, application/json"))
                .compose(request -> send(request, content))
                .onSuccess(response -> receive(response, content))
                .onFailure(content::tryFail);
        return content.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    private static Future<HttpClientResponse> send(HttpClientRequest request, Promise<byte[]> content) {
        // Whatever goes wrong, the connection does not stay.
        content.future().onFailure(failed -> {
            var unused = request.reset();
        });
        return request.send();
    }

    private static void receive(HttpClientResponse response, Promise<byte[]> content) {
        if (response.statusCode() != OK) {
            content.tryFail(
                    new KeySetException("the answer has the status %d (expected: 200; redirects are not followed)"
                            .formatted(response.statusCode())));
            return;
        }
        Buffer received = Buffer.buffer();
        response.exceptionHandler(content::tryFail)
                .handler(part -> {
                    if (received.length() + part.length() > KeySetReader.MAX_BYTES) {
                        content.tryFail(
                                new KeySetException("it is larger than %d bytes".formatted(KeySetReader.MAX_BYTES)));
                    } else {
                        received.appendBuffer(part);
                    }
                })
                .endHandler(end -> content.tryComplete(received.getBytes()));
    }

    @Override
    public Duration period() {
        return period;
    }

    @Override
    public Duration leastPeriod() {
        return leastPeriod;
    }

    @Override
    public String location() {
        return KeySetLocation.shown(url);
    }

    @Override
    public void close() {
        var unused = client.close();
    }
}
