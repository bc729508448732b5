package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import java.time.Duration;
import java.util.regex.Pattern;

/**
 * Where and what the bridge serves over HTTP.
 *
 * @param host the name or address to listen on; {@code 0.0.0.0}, every interface, unless given
 * @param port the TCP port, 8080 unless given; 0 takes any free one
 * @param path what all paths of the bridge begin with, {@code /} unless given; begins and ends with a slash, and the last
 *     one is put there if it lacks
 * @param headTimeout how long a connection may take until the whole head of its next request is there, 60 s unless given; 1 s
 *     to 1 h
 * @param origins the origins, besides our own, whose pages may come with cookies; none unless given
 * @param webroot the static files; those in the jar unless given
 */
public record HttpOptions(String host, int port, String path, Duration headTimeout, Origins origins, Webroot webroot) {
    private static final Range<Integer> PORTS = Range.ofNumbers(0, 65_535);
    private static final Range<Duration> TIMEOUTS = Range.ofDurations(Duration.ofSeconds(1), Duration.ofHours(1));

    // Only what needs no percent-encoding and means nothing to a router; dots alone would be resolved away by clients.
    private static final Pattern PATH = Pattern.compile("/((?!\\.{1,2}/)[A-Za-z0-9._~-]+/)*");

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
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
