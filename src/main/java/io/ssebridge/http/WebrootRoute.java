package io.ssebridge.http;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.handler.FileSystemAccess;
import io.vertx.ext.web.handler.StaticHandler;

/** {@code GET /} and all paths below it: serves the bundled demo, or a directory of the operator. */
final class WebrootRoute {
    private static final String BUNDLED = "io/ssebridge/webroot";
    // No content from other origins, no inline scripts, and no framing: the demo shows text that strangers type.
    private static final String POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            + "img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    private static final int NOT_FOUND = 404;
    private static final long MAX_AGE_SECONDS = 60;

    private final Router router;

    WebrootRoute(Vertx vertx, String path, Webroot webroot) {
        Router empty = Router.router(vertx);
        router = webroot.fold(
                () -> bundled(empty, path),
                () -> empty,
                directory -> own(empty, path, directory.toAbsolutePath().toString()));
        router.errorHandler(NOT_FOUND, missing -> Problem.notFound().send(missing.response()));
        router.errorHandler(405, wrong -> Problem.methodNotAllowed("GET, HEAD").send(wrong.response()));
        router.errorHandler(
                400, bad -> Problem.badRequest("request target: is not a path").send(bad.response()));
    }

    private static Router bundled(Router router, String path) {
        router.route(path + "*").handler(page -> {
            if (!isBundled(page.normalizedPath(), path)) {
                page.fail(NOT_FOUND);
                return;
            }
            page.response().putHeader("Content-Security-Policy", POLICY).putHeader("Referrer-Policy", "no-referrer");
            page.next();
        });
        router.route(path + "*").handler(files(StaticHandler.create(BUNDLED)));
        return router;
    }

    // Vert.x would search the whole jar for a missing file at each request, which takes a quarter of a second.
    private static boolean isBundled(String normalized, String path) {
        String name = normalized.length() > path.length() ? normalized.substring(path.length()) : "";
        return WebrootRoute.class.getClassLoader().getResource(BUNDLED + "/" + name) != null;
    }

    private static Router own(Router router, String path, String directory) {
        router.route(path + "*").handler(files(StaticHandler.create(FileSystemAccess.ROOT, directory)));
        return router;
    }

    // Without "immutable": a page that is reloaded after an upgrade must be the new one.
    private static StaticHandler files(StaticHandler files) {
        // Hidden files in an operator's directory (.git, .env) are hardly meant for the web.
        return files.setFilesReadOnly(false).setIncludeHidden(false).setMaxAgeSeconds(MAX_AGE_SECONDS);
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        router.handle(request);
        return Future.succeededFuture();
    }
}
