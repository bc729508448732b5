package io.ssebridge.request;

import io.ssebridge.encoding.Utf8;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The target of a request line, read literally. Routers are too tolerant for channel names: they turn bad UTF-8 into
 * U+FFFD and {@code //a} into {@code a}.
 *
 * @param segments the path's segments, decoded; a {@code +} stays a plus, and {@code %2F} is a slash within a segment
 * @param query the parameters in their order, decoded like a form: a {@code +} is a space
 */
public record RequestTarget(List<String> segments, List<Parameter> query) {
    private static final char MAX_BYTE = 0xFF;

    /** One parameter of the query. */
    public record Parameter(String name, String value) {}

    /** Copies both lists. */
    public RequestTarget {
        segments = List.copyOf(segments);
        query = List.copyOf(query);
    }

    /**
     * Reads a request target.
     *
     * @param uri the target, as in the request line
     * @throws IllegalArgumentException if it is not a path, or if its percent-encoding or UTF-8 is broken
     */
    public static RequestTarget parse(String uri) {
        String target = withoutAuthority(uri);
        if (!target.startsWith("/")) {
            throw new IllegalArgumentException("request target: is not a path");
        }
        int mark = target.indexOf('?');
        String path = mark < 0 ? target : target.substring(0, mark);
        List<String> segments = Arrays.stream(path.substring(1).split("/", -1))
                .map(segment -> decode(segment, false))
                .toList();
        return new RequestTarget(segments, mark < 0 ? List.of() : parameters(target.substring(mark + 1)));
    }

    // Removes scheme and host of the absolute form, which proxies use
    // (https://www.rfc-editor.org/rfc/rfc9112.html#name-absolute-form).
    private static String withoutAuthority(String uri) {
        int scheme = uri.indexOf("://");
        if (scheme < 0 || uri.startsWith("/")) {
            return uri;
        }
        int end = scheme + 3;
        while (end < uri.length() && "/?#".indexOf(uri.charAt(end)) < 0) {
            end++;
        }
        // Without a path the query follows directly. A slash in the query does not begin a path.
        String rest = uri.substring(end);
        return rest.startsWith("/") ? rest : "/" + rest;
    }

    /**
     * Reads parameters as forms write them.
     *
     * @param query with a char for each byte
     * @throws IllegalArgumentException if the percent-encoding or the UTF-8 is broken
     */
    static List<Parameter> parameters(String query) {
        List<Parameter> parameters = new ArrayList<>();
        for (String pair : query.split("&", -1)) {
            if (!pair.isEmpty()) {
                int equals = pair.indexOf('=');
                parameters.add(new Parameter(
                        decode(equals < 0 ? pair : pair.substring(0, equals), true),
                        equals < 0 ? "" : decode(pair.substring(equals + 1), true)));
            }
        }
        return parameters;
    }

    private static String decode(String text, boolean plusIsSpace) {
        ByteBuffer bytes = ByteBuffer.allocate(text.length());
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '%') {
                int high = i + 2 < text.length() ? Character.digit(text.charAt(i + 1), 16) : -1;
                int low = i + 2 < text.length() ? Character.digit(text.charAt(i + 2), 16) : -1;
                if (high < 0 || low < 0) {
                    throw new IllegalArgumentException("request target: has a % without two hexadecimal digits");
                }
                bytes.put((byte) (high << 4 | low));
                i += 2;
            } else if (c == '+' && plusIsSpace) {
                bytes.put((byte) ' ');
            } else if (c <= MAX_BYTE) {
                // Netty makes one char of each byte. So unescaped bytes are read as UTF-8 here too.
                bytes.put((byte) c);
            } else {
                throw new IllegalArgumentException("request target: has a character that is not a byte");
            }
        }
        return Utf8.decode(bytes.flip())
                .orElseThrow(() -> new IllegalArgumentException("request target: is not UTF-8"));
    }

    /** Returns all values of a parameter. */
    public List<String> all(String name) {
        return query.stream()
                .filter(parameter -> parameter.name().equals(name))
                .map(Parameter::value)
                .toList();
    }
}
