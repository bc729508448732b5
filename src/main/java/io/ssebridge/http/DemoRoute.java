package io.ssebridge.http;

import io.ssebridge.access.Grant;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.demo.ConflictException;
import io.ssebridge.demo.Demo;
import io.ssebridge.request.BodyReader;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * {@code /demo} and below: lets a visitor of the demo act as any subject, start scenes and stop nodes. It exists in demo mode
 * only.
 */
final class DemoRoute {
    private static final int MAX_BODY_BYTES = 4_096;
    private static final int MAX_QUESTION = 200;
    private static final int ACCEPTED = 202;

    private final BodyReader bodies;
    private final RequestAuthenticator authenticator;
    private final SessionRoute sessions;
    private final TokenVerifier verifier;
    private final Demo demo;

    DemoRoute(
            Vertx vertx, RequestAuthenticator authenticator, SessionRoute sessions, TokenVerifier verifier, Demo demo) {
        this.bodies = new BodyReader(vertx, MAX_BODY_BYTES);
        this.authenticator = authenticator;
        this.sessions = sessions;
        this.verifier = verifier;
        this.demo = demo;
    }

    List<Endpoint> endpoints() {
        return List.of(
                Endpoint.at("demo", "GET, HEAD", this::describe),
                Endpoint.at("demo/session", "POST", this::session),
                Endpoint.at("demo/token", "POST", this::token),
                accepting("match", body -> demo.match()),
                accepting("jobs", body -> demo.job()),
                accepting("runs", body -> demo.run(question(body))),
                accepting("flood", body -> flood(demo, body)),
                Endpoint.at("demo/stop", "POST", this::stop));
    }

    private Future<Void> describe(HttpServerRequest request, RequestTarget target) {
        return demo.describe().compose(json -> answer(request, 200, json));
    }

    private Future<Void> session(HttpServerRequest request, RequestTarget target) {
        return signed(request, (token, grant) -> {
            sessions.start(request, token, grant);
            return Future.succeededFuture();
        });
    }

    private Future<Void> token(HttpServerRequest request, RequestTarget target) {
        return signed(
                request,
                (token, grant) -> answer(
                        request,
                        200,
                        new JsonObject()
                                .put("token", token)
                                .put("sub", grant.subject())
                                .put("expires", grant.expires().toString())));
    }

    /** Signs a token for the visitor in the body, and checks it as any other. */
    private Future<Void> signed(HttpServerRequest request, BiFunction<String, Grant, Future<Void>> answer) {
        return read(request).compose(body -> {
            String token = DemoVisitor.of(body).token(demo);
            return verifier.verify(token)
                    .compose(verdict -> verdict.fold(
                            grant -> answer.apply(token, grant),
                            why -> Future.failedFuture(Problem.badRequest(why)),
                            () -> Future.failedFuture(Problem.tokensWait()),
                            () -> Future.failedFuture(Problem.noKeysYet())));
        });
    }

    private Future<Void> stop(HttpServerRequest request, RequestTarget target) {
        return body(request)
                .compose(body -> demo.stopNode())
                .recover(DemoRoute::refuse)
                .compose(json -> answer(request, ACCEPTED, json))
                .onSuccess(told -> demo.halt());
    }

    /** Makes an endpoint that starts something. */
    private Endpoint accepting(String path, Function<JsonObject, Future<JsonObject>> action) {
        return Endpoint.at(
                "demo/" + path,
                "POST",
                (request, target) -> body(request)
                        .compose(action)
                        .recover(DemoRoute::refuse)
                        .compose(json -> answer(request, ACCEPTED, json)));
    }

    private static Future<JsonObject> refuse(Throwable failure) {
        if (failure instanceof ConflictException) {
            return Future.failedFuture(Problem.conflict(String.valueOf(failure.getMessage())));
        }
        return Future.failedFuture(
                failure instanceof IllegalArgumentException
                        ? Problem.badRequest(String.valueOf(failure.getMessage()))
                        : failure);
    }

    private static Future<JsonObject> flood(Demo demo, JsonObject body) {
        if (!(body.getValue("channel") instanceof String channel)
                || !(body.getValue("events", 1_000) instanceof Integer events)) {
            throw Problem.badRequest("body: expected {\"channel\": <a name>, \"events\": <a number>}");
        }
        return demo.flood(new ChannelName(channel), events);
    }

    private static String question(JsonObject body) {
        if (body.getValue("question", "") instanceof String question && question.length() <= MAX_QUESTION) {
            return question;
        }
        throw Problem.badRequest(
                "body: expected {\"question\": <a text of at most %d characters>}".formatted(MAX_QUESTION));
    }

    private Future<Buffer> read(HttpServerRequest request) {
        authenticator.checkOrigin(request);
        return bodies.read(request);
    }

    private Future<JsonObject> body(HttpServerRequest request) {
        return read(request).map(DemoRoute::json);
    }

    private static JsonObject json(Buffer body) {
        try {
            return body.length() == 0 ? new JsonObject() : new JsonObject(body);
        } catch (DecodeException | ClassCastException e) {
            throw Problem.badRequest("body: expected a JSON object, or nothing");
        }
    }

    private static Future<Void> answer(HttpServerRequest request, int status, JsonObject json) {
        HttpServerResponse response = request.response()
                .setStatusCode(status)
                .putHeader("Content-Type", "application/json")
                .putHeader("Cache-Control", "no-store");
        if (json.containsKey("stream")) {
            response.putHeader("Location", "../" + json.getString("stream"));
        }
        return response.end(json.encode());
    }
}
