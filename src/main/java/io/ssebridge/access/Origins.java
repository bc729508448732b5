package io.ssebridge.access;

import io.vertx.core.json.JsonArray;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The web origins with pages that may act for the user: the origin of the bridge itself, and the configured origins.
 *
 * @param listed the configured origins, such as {@code https://app.example} or {@code http://localhost:3000}, exactly
 *     as browsers send them; {@code https://*.app.example} covers all hosts that end with {@code .app.example}
 * @param loopback whether pages of all servers of this machine are listed too, as in demo mode
 */
public record Origins(Set<String> listed, boolean loopback) {
    // The form in which browsers serialise an origin
    // (https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin): the header is compared
    // as text.
    private static final Pattern SERIALISED =
            Pattern.compile("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:.]+]|(\\*\\.)?[a-z0-9._-]+)(:[1-9][0-9]{0,4})?");
    private static final Pattern TOO_WIDE = Pattern.compile(".*://\\*\\.[^.:]*(:.*)?");
    private static final Pattern WITH_DEFAULT_PORT = Pattern.compile("http://.*:80|https://.*:443");

    private static final Pattern SYNTAX = Pattern.compile("([A-Za-z][A-Za-z0-9+.-]*)://(.+)");
    private static final Map<String, Integer> DEFAULT_PORTS = Map.of("http", 80, "https", 443);
    private static final int NO_PORT = -1;
    private static final Pattern LOOPBACK_ADDRESS =
            Pattern.compile("127(?:\\.(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])){3}|\\[::1]");
    private static final String LOCALHOST = "localhost";

    private record Origin(String scheme, Authority authority) {
        static Optional<Origin> parse(String text) {
            Matcher matcher = SYNTAX.matcher(text);
            if (!matcher.matches()) {
                return Optional.empty();
            }
            String scheme = matcher.group(1).toLowerCase(Locale.ROOT);
            return Authority.parse(matcher.group(2), DEFAULT_PORTS.getOrDefault(scheme, NO_PORT))
                    .map(authority -> new Origin(scheme, authority));
        }

        // A scheme http proves nothing: a proxy that ends TLS may not be a trusted one.
        boolean isServedAt(@Nullable String hostHeader, boolean isSecure) {
            Integer defaultPort = DEFAULT_PORTS.get(scheme);
            return hostHeader != null
                    && defaultPort != null
                    && (!isSecure || scheme.equals("https"))
                    && Authority.parse(hostHeader, defaultPort)
                            .filter(authority::equals)
                            .isPresent();
        }
    }

    /** Copies the set. */
    public Origins {
        listed = Set.copyOf(listed);
    }

    /**
     * Lists origins, and no others.
     *
     * @param listed the origins
     */
    public Origins(Set<String> listed) {
        this(listed, false);
    }

    /** Returns the same origins, and those of all servers of this machine, on any port. */
    public Origins withLoopback() {
        return new Origins(listed, true);
    }

    /**
     * Checks the origins of a configuration. {@code *} is refused, because it would let any page act for the user.
     *
     * @param key the key of the list; the message begins with it
     * @param origins the origins
     * @throws IllegalArgumentException if an entry is not an origin, or is not written as browsers write it
     */
    public static Origins of(String key, List<String> origins) {
        for (int i = 0; i < origins.size(); i++) {
            check("%s[%d]".formatted(key, i), origins.get(i));
        }
        return new Origins(new LinkedHashSet<>(origins));
    }

    private static void check(String key, String origin) {
        if (origin.equals("*")) {
            throw refuse(key, origin, "each origin by name: with * any page could use its visitors' cookies here");
        }
        if (!SERIALISED.matcher(origin).matches()) {
            throw refuse(key, origin, "scheme://host or scheme://host:port in lower case, without a path");
        }
        if (TOO_WIDE.matcher(origin).matches()) {
            throw refuse(key, origin, "at least two labels after *., such as https://*.app.example");
        }
        if (WITH_DEFAULT_PORT.matcher(origin).matches()) {
            throw refuse(key, origin, "no default port: browsers leave it out");
        }
    }

    private static IllegalArgumentException refuse(String key, String origin, String expected) {
        return new IllegalArgumentException("%s: \"%s\" (expected: %s)".formatted(key, origin, expected));
    }

    /**
     * Returns whether the configuration, or the demo mode, lists an origin.
     *
     * @param origin the {@code Origin} header
     */
    public boolean lists(String origin) {
        return listed.contains(origin)
                || listed.stream().anyMatch(pattern -> covers(pattern, origin))
                || loopback && isOnLoopback(origin);
    }

    private static boolean isOnLoopback(String origin) {
        return Origin.parse(origin)
                .filter(parsed -> DEFAULT_PORTS.containsKey(parsed.scheme())
                        && isLoopbackHost(parsed.authority().host()))
                .isPresent();
    }

    /** Returns the listed origins in alphabetical order. */
    public JsonArray toJson() {
        return new JsonArray(new ArrayList<>(new TreeSet<>(listed)));
    }

    /** Returns whether no origin is listed. */
    public boolean isEmpty() {
        return listed.isEmpty() && !loopback;
    }

    private static boolean covers(String pattern, String origin) {
        int star = pattern.indexOf("://*.") + 3;
        if (star < 3) {
            return false;
        }
        String scheme = pattern.substring(0, star);
        String end = pattern.substring(star + 1);
        return origin.length() > scheme.length() + end.length()
                && origin.startsWith(scheme)
                && origin.endsWith(end)
                && isHost(origin.substring(scheme.length(), origin.length() - end.length()));
    }

    /** Whether a text is labels of a host and no more. No pattern: a repeated group takes stack for each label. */
    private static boolean isHost(String labels) {
        char before = '.';
        for (int i = 0; i < labels.length(); i++) {
            char c = labels.charAt(i);
            boolean inLabel = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_';
            if (!inLabel && (c != '.' || before == '.')) {
                return false;
            }
            before = c;
        }
        return before != '.';
    }

    /**
     * Returns whether pages of an origin may act for the user.
     *
     * @param origin the {@code Origin} header
     * @param hostHeader the {@code Host} header (or {@code :authority}) of the same request; null: the request has none
     * @param isSecure whether the request has surely come over TLS, so that a page over plain HTTP is foreign
     */
    public boolean allows(String origin, @Nullable String hostHeader, boolean isSecure) {
        return lists(origin)
                || Origin.parse(origin)
                        .filter(parsed -> parsed.isServedAt(hostHeader, isSecure))
                        .isPresent();
    }

    /**
     * Returns whether an origin has the host of a request, perhaps with another port. A proxy that passes {@code Host} on
     * without the port makes the ports differ.
     *
     * @param origin the {@code Origin} header
     * @param hostHeader the {@code Host} header (or {@code :authority}) of the same request; null: there was none
     */
    public static boolean isSameHost(String origin, @Nullable String hostHeader) {
        return hostHeader != null
                && Origin.parse(origin)
                        .flatMap(parsed -> Authority.parse(hostHeader, NO_PORT)
                                .filter(authority -> authority
                                        .host()
                                        .equals(parsed.authority().host())))
                        .isPresent();
    }

    /**
     * Returns whether the host name of a request can only mean this machine. Any web site can resolve its own name to
     * 127.0.0.1 (DNS rebinding), and its pages would then have the origin of the bridge.
     *
     * @param hostHeader the {@code Host} header (or {@code :authority}); null: the request has none
     */
    public static boolean isLoopbackName(@Nullable String hostHeader) {
        return hostHeader != null
                && Authority.parse(hostHeader, NO_PORT)
                        .filter(authority -> isLoopbackHost(authority.host()))
                        .isPresent();
    }

    private static boolean isLoopbackHost(String host) {
        return isLocalhost(host) || LOOPBACK_ADDRESS.matcher(host).matches();
    }

    /**
     * Returns whether a name is localhost or a subdomain of it. A regular expression is avoided: a repeated group uses
     * stack for each label.
     */
    private static boolean isLocalhost(String host) {
        if (!host.endsWith(LOCALHOST)) {
            return false;
        }
        int end = host.length() - LOCALHOST.length();
        for (int i = 0; i < end; i++) {
            char c = host.charAt(i);
            boolean label = c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-';
            boolean dot = c == '.' && i > 0 && host.charAt(i - 1) != '.';
            if (!label && !dot) {
                return false;
            }
        }
        return end == 0 || host.charAt(end - 1) == '.';
    }
}
