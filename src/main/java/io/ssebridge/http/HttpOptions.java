package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import java.time.Duration;
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
 * @param origins the other origins whose pages may send cookies, by default none
 * @param webroot the static files, by default those in the jar
 */
public record HttpOptions(String host, int port, String path, Duration headTimeout, Origins origins, Webroot webroot) {
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
    }

    /**
     * Reads the section {@code http}.
     *
     * @param http the section
     */
    public static HttpOptions from(Section http) {
        return http.build(() -> new HttpOptions(
                http.text("host", "0.0.0.0"),
                http.quantity("port", 8080, PORTS),
                http.text("path", "/"),
                http.quantity("headTimeout", Duration.ofSeconds(60), TIMEOUTS),
                Origins.of("cors.origins", http.section("cors").texts("origins")),
                http.parsed("webroot", Webroot::of).orElse(new Webroot.Bundled())));
    }
}
