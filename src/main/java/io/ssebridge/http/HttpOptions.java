package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.ssebridge.tls.TlsOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The host, port, paths and files that the bridge serves over HTTP.
 *
 * @param host the name or address to listen on; default {@code 0.0.0.0}, which means every interface
 * @param port the TCP port, default 8080; 0 takes any free port
 * @param path the prefix of all paths of the bridge, default {@code /}; it begins and ends with a slash, and a missing
 *     last slash is added
 * @param headTimeout the time in which a connection must send the whole head of its next request, default 60 s; 1 s to
 *     1 h
 * @param origins the other origins with pages that may send cookies, by default none
 * @param trustedProxies the proxies that are believed when they say for whom they ask, by default none
 * @param ignoredParameters the ignored query parameters, besides those that begin with {@code _}; a name that ends with
 *     {@code *} covers all names with this beginning; by default the cache busters of well-known clients
 * @param webroot the static files, by default those in the jar
 * @param tls the certificates; empty, as by default: the server speaks plain HTTP
 * @param compression whether streams are compressed for clients that accept gzip, by default false
 * @param http2 whether a server with TLS also speaks HTTP/2, by default true
 */
public record HttpOptions(
        String host,
        int port,
        String path,
        Duration headTimeout,
        Origins origins,
        TrustedProxies trustedProxies,
        List<String> ignoredParameters,
        Webroot webroot,
        Optional<TlsOptions> tls,
        boolean compression,
        boolean http2) {
    /** The path of the section with the certificates. */
    public static final String TLS = "http.tls";

    /** The key of the certificates that sign those of clients, in the section {@value #TLS}. */
    public static final String CLIENT_CA = "clientCa";

    /** The cache busters of well-known clients. */
    public static final List<String> IGNORED_PARAMETERS = List.of("r", "t", "ts", "v", "utm_*");

    private static final Pattern IGNORED_PARAMETER = Pattern.compile("[^*]+\\*?");
    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);
    private static final Range<Duration> TIMEOUTS = Range.ofDurations(Duration.ofSeconds(1), Duration.ofHours(1));

    // Only characters that need no percent-encoding and have no meaning for routers. Segments of dots alone are
    // excluded, since clients resolve them.
    private static final Pattern PATH = Pattern.compile("/((?!\\.{1,2}/)[A-Za-z0-9._~-]+/)*");

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message starts with its key
     */
    public HttpOptions {
        PORTS.check("port", port);
        TIMEOUTS.check("headTimeout", headTimeout);
        path = path.endsWith("/") ? path : path + "/";
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException(
                    "path: \"%s\" (expected: / or /segments/ of letters, digits, '.', '_', '~' and '-')"
                            .formatted(path));
        }
        ignoredParameters = List.copyOf(ignoredParameters);
        for (int i = 0; i < ignoredParameters.size(); i++) {
            if (!IGNORED_PARAMETER.matcher(ignoredParameters.get(i)).matches()) {
                throw new IllegalArgumentException(
                        "ignoredParameters[%d]: \"%s\" (expected: a name, or the beginning of names and *)"
                                .formatted(i, ignoredParameters.get(i)));
            }
        }
    }

    /**
     * Reads the section {@code http}.
     *
     * @param http the section
     */
    public static HttpOptions from(Section http) {
        return http.build(() -> new HttpOptions(
                http.text(Key.of("host", "address", "Where to listen; the default is every interface"), "0.0.0.0"),
                http.quantity(Key.of("port", "port", "0: any free port"), 8080, PORTS),
                http.text(Key.of("path", "path", "The prefix of all paths of the bridge"), "/"),
                http.quantity(
                        Key.of(
                                "headTimeout",
                                "A connection must send the whole head of its next request within this time, or is closed"),
                        Duration.ofSeconds(60),
                        TIMEOUTS),
                Origins.of(
                        "cors.origins",
                        http.section("cors")
                                .texts(
                                        Key.live(
                                                "origins",
                                                "list of origins",
                                                "Foreign origins with pages that may subscribe and act with the user's [cookie](http-api.md#origins)"))),
                TrustedProxies.of(
                        "trustedProxies",
                        http.texts(
                                Key.live(
                                        "trustedProxies",
                                        "list of addresses",
                                        "Addresses and ranges of the proxies that are [believed](#trusted-proxies), such as `10.0.0.0/8` or `fd00::/8`"))),
                http.texts(
                        Key.live(
                                "ignoredParameters",
                                "list of names",
                                "Query parameters that are ignored; `*` at the end stands for all names with this beginning"),
                        IGNORED_PARAMETERS),
                http.parsed(
                        Key.of(
                                "webroot",
                                "`bundled`, `none` or path",
                                "Static files: those of the demo, none, or those of a directory"),
                        "bundled",
                        Webroot::of),
                TlsOptions.from(
                        http.section("tls"),
                        Key.of(
                                CLIENT_CA,
                                "path",
                                "PEM file with the authority that signs the certificates of publishers; then clients are asked for one")),
                http.flag(
                        Key.live(
                                "compression",
                                "Whether streams are [compressed](http-api.md#compression) for clients that accept gzip"),
                        false),
                http.flag(Key.of("http2", "Whether a server with TLS also speaks HTTP/2"), true)));
    }

    /** Returns the options as the section {@code http}, with the keys of the configuration. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("host", host)
                .put("port", port)
                .put("path", path)
                .put("headTimeout", TIMEOUTS.write(headTimeout))
                .put("cors", new JsonObject().put("origins", origins.toJson()))
                .put("trustedProxies", trustedProxies.toJson())
                .put("ignoredParameters", new JsonArray(new ArrayList<>(ignoredParameters)))
                .put("webroot", webroot.fold(() -> "bundled", () -> "none", Path::toString))
                .put("compression", compression)
                .put("http2", http2);
        tls.ifPresent(given -> json.put("tls", given.toJson(CLIENT_CA)));
        return json;
    }

    /**
     * Writes where a server listens as URLs have it, an IPv6 address in brackets.
     *
     * @param host a name or an address
     * @param port the TCP port
     */
    public static String authority(String host, int port) {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
