package io.ssebridge.http;

import java.util.List;
import java.util.regex.Pattern;

/** Checks the origins whose pages may use cookies here. */
final class Origins {
    // As browsers serialise one
    // (https://html.spec.whatwg.org/multipage/browsers.html#ascii-serialisation-of-an-origin):
    // the header is compared with it as text.
    private static final Pattern SERIALISED =
            Pattern.compile("[a-z][a-z0-9+.-]*://(\\[[0-9a-f:.]+]|[a-z0-9._-]+)(:[1-9][0-9]{0,4})?");

    private static final Pattern WITH_DEFAULT_PORT = Pattern.compile("http://.*:80|https://.*:443");

    private Origins() {}

    static void check(String key, List<String> origins) {
        for (int i = 0; i < origins.size(); i++) {
            String origin = origins.get(i);
            if (origin.equals("*")) {
                throw refuse(
                        key, i, origin, "each origin by name: with * any page could use its visitors' cookies here");
            }
            if (!SERIALISED.matcher(origin).matches()) {
                throw refuse(key, i, origin, "scheme://host or scheme://host:port in lower case, without a path");
            }
            if (WITH_DEFAULT_PORT.matcher(origin).matches()) {
                throw refuse(key, i, origin, "no default port: browsers leave it out");
            }
        }
    }

    private static IllegalArgumentException refuse(String key, int index, String origin, String expected) {
        return new IllegalArgumentException("%s[%d]: \"%s\" (expected: %s)".formatted(key, index, origin, expected));
    }
}
