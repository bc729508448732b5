package io.ssebridge.hook;

import io.ssebridge.channel.Service;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.util.Objects;

/**
 * Sends questions to services, over the event bus or by HTTP. It neither bounds nor counts them: {@link ServiceCalls} does.
 * Any thread.
 */
public final class ServiceClient {
    // The code with which a service refuses, as the status of an HTTP answer.
    private static final int FORBIDDEN = 403;

    private final Vertx vertx;
    private final HttpPost http;

    /**
     * Creates a client. It opens its first connection with the first question to a URL.
     *
     * @param vertx runs the node
     */
    public ServiceClient(Vertx vertx) {
        this.vertx = vertx;
        this.http = new HttpPost(vertx);
    }

    /**
     * Sends a question.
     *
     * @param service the service
     * @param question the question
     * @return the answer; fails with a {@link ServiceException} if there is none within the time-out
     */
    public Future<ServiceAnswer> ask(Service service, JsonObject question) {
        URI url = service.url();
        return url == null
                ? request(
                        Objects.requireNonNull(service.address()),
                        service.timeout().toMillis(),
                        question)
                : http.send(url, service.timeout(), question);
    }

    private Future<ServiceAnswer> request(String address, long timeoutMillis, JsonObject question) {
        return vertx.eventBus()
                .request(address, question, new DeliveryOptions().setSendTimeout(timeoutMillis))
                .map(reply -> new ServiceAnswer(reply.body()))
                .recover(failure -> Future.failedFuture(failure(failure)));
    }

    private static ServiceException failure(Throwable failure) {
        if (failure instanceof ReplyException reply && reply.failureType() == ReplyFailure.RECIPIENT_FAILURE) {
            return reply.failureCode() == FORBIDDEN
                    ? ServiceException.refused(String.valueOf(reply.getMessage()))
                    : ServiceException.failed("it failed with the code %d".formatted(reply.failureCode()));
        }
        return ServiceException.failed(String.valueOf(failure.getMessage()));
    }

    /** Closes the connections. */
    public void close() {
        http.close();
    }
}
