package io.ssebridge.hook;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.Service;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Asks services whether callers may subscribe. The same question in flight is asked once.
 *
 * <p><b>Owner:</b> one event loop.
 */
public final class AuthorizeHook {
    private static final Set<String> ALLOWED = Set.of("allow", "properties");
    private static final Set<String> DENIED = Set.of("allow", "reason");

    private final ServiceCalls calls;
    private final ServiceClient client;
    private final Map<String, Authorizer> local;
    private final HookReport report;
    private final InFlight<Question, Authorization> inFlight = new InFlight<>();

    private record Question(Service service, AuthorizeRequest request) {}

    /**
     * Creates the hook of an event loop.
     *
     * @param calls bounds the questions
     * @param client sends them
     * @param local answers them in this JVM, by address
     * @param clock the time
     * @param meters counts them
     */
    public AuthorizeHook(
            ServiceCalls calls, ServiceClient client, LocalServices local, NodeClock clock, MeterRegistry meters) {
        this.calls = calls;
        this.client = client;
        this.local = local.authorizers();
        this.report = new HookReport("authorize", clock, meters);
    }

    /**
     * Asks a service.
     *
     * @param service the service
     * @param request the question
     * @return the decision; fails with a {@link ServiceException} if there is none
     */
    public Future<Authorization> ask(Service service, AuthorizeRequest request) {
        return inFlight.ask(new Question(service, request), () -> send(service, request));
    }

    private Future<Authorization> send(Service service, AuthorizeRequest request) {
        report.asked();
        return calls.call(service, () -> decide(service, request)).recover(failure -> {
            if (failure instanceof ServiceException refusal && refusal.kind() == ServiceException.Kind.REFUSED) {
                return Future.succeededFuture(Authorization.deny(String.valueOf(refusal.getMessage())));
            }
            report.failed(service, request.channel(), failure);
            return Future.failedFuture(
                    failure instanceof ServiceException known
                            ? known
                            : ServiceException.failed("it threw an exception"));
        });
    }

    private Future<Authorization> decide(Service service, AuthorizeRequest request) {
        Authorizer here = service.address() == null ? null : local.get(service.address());
        return here == null
                ? client.ask(service, request.toJson()).map(AuthorizeHook::read)
                : here.authorize(request).map(Objects::requireNonNull);
    }

    private static Authorization read(ServiceAnswer answer) {
        if (!(answer.body() instanceof JsonObject json) || !(json.getValue("allow") instanceof Boolean allow)) {
            throw ServiceException.failed("its answer is not an object with allow: true or false");
        }
        if (!(allow ? ALLOWED : DENIED).containsAll(json.fieldNames())) {
            throw ServiceException.failed("its answer has an unknown field (expected: allow, and %s)"
                    .formatted(allow ? "properties" : "reason"));
        }
        return allow ? allowed(json.getValue("properties", new JsonObject())) : denied(json.getValue("reason", ""));
    }

    private static Authorization allowed(Object properties) {
        if (!(properties instanceof JsonObject json)) {
            throw ServiceException.failed("its answer has properties that are not an object");
        }
        try {
            return Authorization.allow(json.getMap());
        } catch (IllegalArgumentException e) {
            throw ServiceException.failed("its answer has wrong properties: " + e.getMessage());
        }
    }

    private static Authorization denied(Object reason) {
        if (!(reason instanceof String text)) {
            throw ServiceException.failed("its answer has a reason that is not a text");
        }
        return Authorization.deny(text);
    }
}
