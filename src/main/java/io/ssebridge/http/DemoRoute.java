package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.request.BodyReader;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.function.Function;

/** {@code POST /demo/session}: lets a visitor of the demo act as any subject. It exists in demo mode only. */
final class DemoRoute {
    private static final int MAX_BODY_BYTES = 4_096;
    private static final int MAX_SUBJECT = 64;

    private final BodyReader bodies;
    private final RequestAuthenticator authenticator;
    private final SessionRoute sessions;
    private final TokenVerifier verifier;
    private final Function<String, String> mint;

    DemoRoute(
            Vertx vertx,
            RequestAuthenticator authenticator,
            SessionRoute sessions,
            TokenVerifier verifier,
            Function<String, String> mint) {
        this.bodies = new BodyReader(vertx, MAX_BODY_BYTES);
        this.authenticator = authenticator;
        this.sessions = sessions;
        this.verifier = verifier;
        this.mint = mint;
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        authenticator.checkOrigin(request);
        return bodies.read(request).compose(body -> {
            String token = mint.apply(subject(body));
            return verifier.verify(token)
                    .compose(verdict -> verdict.fold(
                            grant -> start(request, token, grant),
                            why -> Future.failedFuture(Problem.badRequest(why)),
                            () -> Future.failedFuture(Problem.tokensWait()),
                            () -> Future.failedFuture(Problem.noKeysYet())));
        });
    }

    private Future<Void> start(HttpServerRequest request, String token, Grant grant) {
        sessions.start(request, token, grant);
        return Future.succeededFuture();
    }

    private static String subject(Buffer body) {
        try {
            Object subject = new JsonObject(body).getValue("sub");
            if (subject instanceof String name && !name.isBlank() && name.length() <= MAX_SUBJECT) {
                return name;
            }
        } catch (DecodeException | ClassCastException e) {
            // The answer below is the same.
        }
        throw Problem.badRequest("body: expected {\"sub\": <a name of 1 to %d characters>}".formatted(MAX_SUBJECT));
    }
}
