package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Every request comes in here: its target is checked before anything else looks at it, its failure answered after.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class HttpDoor {
    private final List<String> base;
    private final boolean demo;
    private final Cors cors;
    private final StreamRoute streams;
    private final PublishRoute publishing;
    private final SessionRoute sessions;
    private final @Nullable DemoRoute demoSessions;
    private final HealthRoute health;
    private final WebrootRoute webroot;

    HttpDoor(
            String path,
            Cors cors,
            StreamRoute streams,
            PublishRoute publishing,
            SessionRoute sessions,
            @Nullable DemoRoute demoSessions,
            HealthRoute health,
            WebrootRoute webroot) {
        List<String> segments = RequestTarget.parse(path).segments();
        this.base = segments.subList(0, segments.size() - 1);
        this.demo = demoSessions != null;
        this.cors = cors;
        this.streams = streams;
        this.publishing = publishing;
        this.sessions = sessions;
        this.demoSessions = demoSessions;
        this.health = health;
        this.webroot = webroot;
    }

    /** Answers a request. */
    void handle(HttpServerRequest request) {
        try {
            route(request).onFailure(failure -> Answers.fail(request, failure));
        } catch (RuntimeException failure) {
            Answers.fail(request, failure);
        }
    }

    private Future<Void> route(HttpServerRequest request) {
        request.response().putHeader("X-Content-Type-Options", "nosniff");
        RequestTarget target = target(request);
        if (demo && !Origins.isLoopbackName(Callers.host(request))) {
            throw Problem.foreignHost();
        }
        cors.allow(request);
        String resource = target.segments().isEmpty() ? "" : target.segments().get(0);
        int depth = target.segments().size();
        switch (resource) {
            case "stream" -> {
                if (depth <= 2 && permits(request, "GET, HEAD")) {
                    return streams.handle(request, target);
                }
            }
            case "publish" -> {
                if (depth <= 2 && permits(request, "POST")) {
                    return publishing.handle(request, target);
                }
            }
            case "session" -> {
                if (depth == 1 && permits(request, "POST, DELETE")) {
                    return sessions.handle(request, target);
                }
            }
            case "demo" -> {
                DemoRoute route = demoSessions;
                if (route != null && target.segments().equals(List.of("demo", "session")) && permits(request, "POST")) {
                    return route.handle(request);
                }
            }
            case "health" -> {
                if (target.segments().equals(List.of("health", "live")) && permits(request, "GET, HEAD")) {
                    health.live(request.response());
                    return Future.succeededFuture();
                }
                if (target.segments().equals(List.of("health", "ready")) && permits(request, "GET, HEAD")) {
                    health.ready(request.response());
                    return Future.succeededFuture();
                }
            }
            default -> {}
        }
        if (!request.response().ended()) {
            webroot.handle(request);
        }
        return Future.succeededFuture();
    }

    private RequestTarget target(HttpServerRequest request) {
        RequestTarget target;
        try {
            target = RequestTarget.parse(request.uri());
        } catch (IllegalArgumentException e) {
            throw Problem.badRequest(String.valueOf(e.getMessage()));
        }
        List<String> segments = target.segments();
        if (segments.size() < base.size() || !segments.subList(0, base.size()).equals(base)) {
            throw Problem.notFound();
        }
        return new RequestTarget(segments.subList(base.size(), segments.size()), target.query());
    }

    /** Whether the method is one of these; an OPTIONS request is answered on the way. */
    private static boolean permits(HttpServerRequest request, String methods) {
        if (request.method().equals(HttpMethod.OPTIONS)) {
            Cors.preflight(request, methods);
            return false;
        }
        if (!List.of(methods.split(", ")).contains(request.method().name())) {
            throw Problem.methodNotAllowed(methods);
        }
        return true;
    }
}
