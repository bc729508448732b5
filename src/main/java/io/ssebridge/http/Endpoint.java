package io.ssebridge.http;

import io.ssebridge.request.Problem;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.function.Predicate;

/**
 * A handler for the requests at one path.
 *
 * @param path the path's segments; {@value #ANY} stands for any segment
 * @param methods the methods that it allows
 * @param answer answers the requests
 * @param parameters the query parameters that it takes
 * @param isPublic whether the channels of a request are public, so that pages of all origins may read the answer
 */
record Endpoint(
        List<String> path,
        List<String> methods,
        Answer answer,
        QueryParameters parameters,
        Predicate<RequestTarget> isPublic) {
    private static final String ANY = "*";

    /** Answers a request; fails with a {@link Problem} if the request is refused. */
    interface Answer {
        Future<Void> to(HttpServerRequest request, RequestTarget target);
    }

    /**
     * Makes an endpoint.
     *
     * @param path such as <code>stream/*</code>
     * @param methods the allowed methods, such as {@code GET, HEAD}
     * @param answer answers the requests
     */
    static Endpoint at(String path, String methods, Answer answer) {
        return new Endpoint(
                List.of(path.split("/", -1)),
                List.of(methods.split(", ", -1)),
                answer,
                QueryParameters.ANY,
                nothing -> false);
    }

    /** Makes the same endpoint, which takes these query parameters and no others. */
    Endpoint taking(QueryParameters names) {
        return new Endpoint(path, methods, answer, names, isPublic);
    }

    /** Makes the same endpoint; pages of all origins may read its answers to such requests. */
    Endpoint publicFor(Predicate<RequestTarget> open) {
        return new Endpoint(path, methods, answer, parameters, open);
    }

    boolean isAt(List<String> segments) {
        if (segments.size() != path.size()) {
            return false;
        }
        for (int i = 0; i < path.size(); i++) {
            if (!path.get(i).equals(ANY) && !path.get(i).equals(segments.get(i))) {
                return false;
            }
        }
        return true;
    }

    Future<Void> answer(HttpServerRequest request, RequestTarget target) {
        if (request.headers().contains(HttpHeaders.ORIGIN) && isPublic.test(target)) {
            Cors.allowAnyone(request);
        }
        if (request.method().equals(HttpMethod.OPTIONS)) {
            return Cors.preflight(request, methods);
        }
        if (!methods.contains(request.method().name())) {
            throw Problem.methodNotAllowed(String.join(", ", methods));
        }
        parameters.check(target);
        return answer.to(request, target);
    }
}
