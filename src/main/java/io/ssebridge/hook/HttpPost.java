package io.ssebridge.hook;

import io.ssebridge.encoding.Utf8;
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
import io.vertx.core.http.PoolOptions;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Sends questions to services by HTTP {@code POST}, as JSON. Redirects are not followed: they would lead to a place that the
 * configuration does not name. Any thread.
 */
final class HttpPost {
    /** The largest answer, in bytes. */
    static final int MAX_BYTES = 1 << 20;

    private static final String JSON = "application/json";
    private static final int MAX_CONNECTIONS = 64;
    // Less than the time after which common servers close an unused connection. Otherwise a question could meet the end
    // of its connection.
    private static final int KEEP_ALIVE_SECONDS = 4;
    private static final int FORBIDDEN = 403;

    private final Vertx vertx;
    private final AtomicReference<@Nullable HttpClient> client = new AtomicReference<>();

    HttpPost(Vertx vertx) {
        this.vertx = vertx;
    }

    /** Sends a question, and reads the answer. */
    Future<ServiceAnswer> send(URI url, Duration timeout, JsonObject question) {
        Promise<ServiceAnswer> answer = Promise.promise();
        long timer = vertx.setTimer(
                timeout.toMillis(),
                late -> answer.tryFail(
                        ServiceException.failed("no complete answer within %d ms".formatted(timeout.toMillis()))));
        client().request(new RequestOptions()
                        .setMethod(HttpMethod.POST)
                        .setAbsoluteURI(url.toString())
                        .setFollowRedirects(false)
                        .setConnectTimeout(timeout.toMillis())
                        .putHeader(HttpHeaders.CONTENT_TYPE, JSON)
                        .putHeader(HttpHeaders.ACCEPT, JSON))
                .compose(request -> send(request, question, answer))
                .onSuccess(response -> receive(response, answer))
                .onFailure(failure -> answer.tryFail(ServiceException.failed(String.valueOf(failure.getMessage()))));
        return answer.future().onComplete(done -> vertx.cancelTimer(timer));
    }

    private static Future<HttpClientResponse> send(
            HttpClientRequest request, JsonObject question, Promise<ServiceAnswer> answer) {
        // Whatever goes wrong, the connection is not used again.
        answer.future().onFailure(failed -> {
            var unused = request.reset();
        });
        return request.send(question.toBuffer());
    }

    private static void receive(HttpClientResponse response, Promise<ServiceAnswer> answer) {
        Buffer received = Buffer.buffer();
        response.exceptionHandler(
                        failure -> answer.tryFail(ServiceException.failed(String.valueOf(failure.getMessage()))))
                .handler(part -> {
                    if (received.length() + part.length() > MAX_BYTES) {
                        answer.tryFail(
                                ServiceException.failed("its answer is larger than %d bytes".formatted(MAX_BYTES)));
                    } else {
                        received.appendBuffer(part);
                    }
                })
                .endHandler(end -> {
                    try {
                        answer.tryComplete(read(response, received));
                    } catch (ServiceException e) {
                        answer.tryFail(e);
                    }
                });
    }

    private static ServiceAnswer read(HttpClientResponse response, Buffer received) {
        int status = response.statusCode();
        if (status == FORBIDDEN) {
            throw ServiceException.refused(reason(response, received));
        }
        if (status < 200 || status > 299) {
            throw ServiceException.failed(
                    "its answer has the status %d (expected: 200 to 299; redirects are not followed)"
                            .formatted(status));
        }
        return new ServiceAnswer(received.length() == 0 ? null : body(response, received));
    }

    private static String reason(HttpClientResponse response, Buffer received) {
        try {
            return body(response, received) instanceof JsonObject json && json.getValue("reason") instanceof String text
                    ? text
                    : "";
        } catch (ServiceException e) {
            return "";
        }
    }

    private static @Nullable Object body(HttpClientResponse response, Buffer received) {
        if (!isJson(response.getHeader(HttpHeaders.CONTENT_TYPE))) {
            return Utf8.decode(received.getBytes())
                    .orElseThrow(() -> ServiceException.failed("its answer is not UTF-8"));
        }
        try {
            return Json.decodeValue(received);
        } catch (DecodeException e) {
            throw ServiceException.failed("its answer is not JSON");
        }
    }

    private static boolean isJson(@Nullable String contentType) {
        String type =
                contentType == null ? "" : contentType.split(";", 2)[0].trim().toLowerCase(Locale.ROOT);
        return type.equals(JSON) || type.startsWith("application/") && type.endsWith("+json");
    }

    private HttpClient client() {
        HttpClient known = client.get();
        if (known != null) {
            return known;
        }
        HttpClient made = vertx.createHttpClient(
                new HttpClientOptions().setKeepAliveTimeout(KEEP_ALIVE_SECONDS),
                new PoolOptions().setHttp1MaxSize(MAX_CONNECTIONS));
        if (client.compareAndSet(null, made)) {
            return made;
        }
        var unused = made.close();
        return client();
    }

    void close() {
        HttpClient made = client.getAndSet(null);
        if (made != null) {
            var unused = made.close();
        }
    }
}
