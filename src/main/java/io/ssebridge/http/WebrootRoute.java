package io.ssebridge.http;

import io.ssebridge.encoding.Sha256;
import io.ssebridge.request.Problem;
import io.ssebridge.request.RequestTarget;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.FileProps;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.vertx.ext.web.handler.FileSystemAccess;
import io.vertx.ext.web.handler.StaticHandler;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URL;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * {@code GET /} and all paths below it: serves the bundled demo, or a directory of the operator and the client module.
 * Browsers ask before they use a stored copy, so that a reloaded page is the new one after an upgrade.
 *
 * <p><b>Owner:</b> one event loop.
 */
final class WebrootRoute {
    private static final String BUNDLED = "io/ssebridge/webroot";
    // No content from other origins, no inline scripts, and no framing: the demo shows text that strangers type.
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'%s; "
                    + "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    // The page of a demo moves from node to node, and each has a port of its own.
    private static final String OTHER_NODES = " http://localhost:* http://127.0.0.1:*";
    private static final String CLIENT_MODULE = "sse-bridge.js";
    // Pages of the operator need scripts and styles that are not known here. Other sites cannot frame them.
    private static final String OWN_POLICY = "frame-ancestors 'self'";
    private static final List<String> METHODS = List.of("GET", "HEAD");
    private static final String INDEX = "index.html";
    private static final int NOT_FOUND = 404;
    private static final int METHOD_NOT_ALLOWED = 405;
    private static final int NOT_MODIFIED = 304;
    private static final int TAG_BYTES = 12;

    private final Vertx vertx;
    private final String path;
    private final String policy;
    private final Router router;
    // The entity tags of the files in the jar, so the map is as large as their number.
    private final Map<String, String> tags = new HashMap<>();

    /**
     * Creates the route.
     *
     * @param path the prefix of all paths
     * @param webroot the files to serve
     * @param demo whether the bundled page may use other nodes of this machine
     */
    WebrootRoute(Vertx vertx, String path, Webroot webroot, boolean demo) {
        this.vertx = vertx;
        this.path = path;
        String bundled = POLICY.formatted(demo ? OTHER_NODES : "");
        this.policy = webroot.fold(() -> bundled, () -> bundled, directory -> OWN_POLICY);
        Router empty = Router.router(vertx);
        router = webroot.fold(
                () -> bundled(empty, name -> true), () -> empty, directory -> own(empty, directory.toAbsolutePath()));
        router.route().failureHandler(GoneClients::forget);
        router.errorHandler(NOT_FOUND, missing -> Problem.notFound().send(missing.response()));
        router.errorHandler(
                METHOD_NOT_ALLOWED,
                wrong -> Problem.methodNotAllowed(String.join(", ", METHODS)).send(wrong.response()));
        router.errorHandler(
                400, bad -> Problem.badRequest("request target: is not a path").send(bad.response()));
    }

    private Router bundled(Router router, Predicate<String> served) {
        router.route(path + "*").handler(page -> {
            // Vert.x searches all of the jar for a missing file, each time again: a quarter of a second.
            @Nullable URL file = served.test(name(page)) ? resource(name(page)) : null;
            if (file == null) {
                page.fail(NOT_FOUND);
                return;
            }
            @Nullable URL index = resource((name(page).isEmpty() ? "" : name(page) + "/") + INDEX);
            URL sent = index == null ? file : index;
            answer(page, tags.computeIfAbsent(sent.toString(), made -> hash(sent)));
        });
        router.route(path + "*").handler(files(StaticHandler.create(BUNDLED)));
        return router;
    }

    private static @Nullable URL resource(String name) {
        return WebrootRoute.class.getClassLoader().getResource(BUNDLED + "/" + name);
    }

    private String name(RoutingContext page) {
        String normalized = page.normalizedPath();
        return normalized.length() > path.length() ? normalized.substring(path.length()) : "";
    }

    private static String hash(URL file) {
        try (InputStream bytes = file.openStream()) {
            return '"' + HexFormat.of().formatHex(Sha256.hash(bytes.readAllBytes()), 0, TAG_BYTES) + '"';
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Router own(Router router, Path directory) {
        router.route(path + "*").handler(page -> {
            Path file = directory.resolve(name(page));
            properties(file).onComplete(found -> answer(page, found.succeeded() ? tag(found.result()) : null));
        });
        router.route(path + "*").handler(files(StaticHandler.create(FileSystemAccess.ROOT, directory.toString())));
        // Unless the directory has a file of this name.
        return bundled(router, CLIENT_MODULE::equals);
    }

    private Future<FileProps> properties(Path file) {
        return vertx.fileSystem()
                .props(file.toString())
                .compose(found -> found.isDirectory()
                        ? vertx.fileSystem().props(file.resolve(INDEX).toString())
                        : Future.succeededFuture(found));
    }

    // Weak: two versions of the same second and size have the same tag.
    private static String tag(FileProps file) {
        return "W/\"%x-%x\"".formatted(file.lastModifiedTime(), file.size());
    }

    /** Sends the file, unless the browser has it (https://www.rfc-editor.org/rfc/rfc9110.html#name-if-none-match). */
    private static void answer(RoutingContext page, @Nullable String tag) {
        HttpServerResponse response = page.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-cache");
        page.addHeadersEndHandler(last -> keepQuery(page.request()));
        if (tag != null) {
            if (!METHODS.contains(page.request().method().name())) {
                page.fail(METHOD_NOT_ALLOWED);
                return;
            }
            response.putHeader(HttpHeaders.ETAG, tag);
            if (page.isFresh()) {
                response.setStatusCode(NOT_MODIFIED).end();
                return;
            }
        }
        page.next();
    }

    /** Adds the query to the redirect of a directory path without its last slash. */
    private static void keepQuery(HttpServerRequest request) {
        @Nullable String location = request.response().headers().get(HttpHeaders.LOCATION);
        if (location != null && request.query() != null && location.indexOf('?') < 0) {
            request.response().putHeader(HttpHeaders.LOCATION, location + '?' + request.query());
        }
    }

    private static StaticHandler files(StaticHandler files) {
        // Hidden files in an operator's directory (.git, .env) are hardly meant for the web. The headers
        // for caches are set above.
        return files.setFilesReadOnly(false)
                .setIncludeHidden(false)
                .setCachingEnabled(false)
                .setIndexPage(INDEX);
    }

    Future<Void> handle(HttpServerRequest request, RequestTarget target) {
        request.response().putHeader("Content-Security-Policy", policy).putHeader("Referrer-Policy", "no-referrer");
        if (request.method().equals(HttpMethod.OPTIONS)) {
            return Cors.preflight(request, METHODS);
        }
        router.handle(request);
        return Future.succeededFuture();
    }
}
