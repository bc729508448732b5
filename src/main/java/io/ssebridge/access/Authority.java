package io.ssebridge.access;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A host and its port, as a {@code Host} header and an origin name them.
 *
 * @param host a name or an IPv4 address in lower case, or an IPv6 address in brackets
 * @param port the port
 */
record Authority(String host, int port) {
    // Strict on purpose: a browser sends punycode only, and never user information.
    private static final Pattern SYNTAX = Pattern.compile("([A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+])(?::([0-9]{1,5}))?");
    private static final int MAX_PORT = 65_535;

    /** Reads {@code host[:port]}. The result is empty for any other text. */
    static Optional<Authority> parse(String text, int defaultPort) {
        Matcher matcher = SYNTAX.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String port = matcher.group(2);
        Authority authority = new Authority(
                matcher.group(1).toLowerCase(Locale.ROOT), port == null ? defaultPort : Integer.parseInt(port));
        return authority.port > MAX_PORT ? Optional.empty() : Optional.of(authority);
    }
}
