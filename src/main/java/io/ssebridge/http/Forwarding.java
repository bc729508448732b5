package io.ssebridge.http;

import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What trusted proxies tell about the client of a request. Each proxy adds the address of its own client at the end of a list.
 * The last address that is not a trusted proxy is the client: a client itself may have written everything before it.
 *
 * <p>There are two ways to write such a list: the headers {@code X-Forwarded-*}, and <a
 * href="https://www.rfc-editor.org/rfc/rfc7239.html">Forwarded</a>. A proxy that writes one passes on the other as the client has
 * written it. So if a request has both, they count only as far as they agree.
 *
 * @param client the address; empty: the headers name none, are malformed, or contradict each other
 * @param scheme {@code http} or {@code https}, in lower case
 * @param host the host that the client has asked, perhaps with a port
 */
record Forwarding(Optional<IpAddress> client, Optional<String> scheme, Optional<String> host) {
    private static final String FORWARDED = "Forwarded";
    private static final String FOR = "X-Forwarded-For";
    private static final String PROTO = "X-Forwarded-Proto";
    private static final String HOST = "X-Forwarded-Host";
    private static final Forwarding NOTHING = new Forwarding(Optional.empty(), Optional.empty(), Optional.empty());

    /** One element of {@code Forwarded}; a part is null if it is not given. */
    private record Element(
            @Nullable String node,
            @Nullable String proto,
            @Nullable String host) {}

    /**
     * Reads the headers of a request.
     *
     * @param headers of a request that a trusted proxy has sent
     * @param isTrusted tells whether an address is that of a trusted proxy
     */
    static Forwarding of(MultiMap headers, Predicate<IpAddress> isTrusted) {
        List<String> standard = headers.getAll(FORWARDED);
        Forwarding usual = usual(headers, isTrusted);
        if (standard.isEmpty()) {
            return usual;
        }
        Forwarding other = standard(String.join(",", standard), isTrusted);
        return new Forwarding(
                headers.contains(FOR) && !usual.client.equals(other.client) ? Optional.empty() : other.client,
                agreed(usual.scheme, other.scheme),
                agreed(usual.host, other.host));
    }

    private static Optional<String> agreed(Optional<String> one, Optional<String> other) {
        return one.isPresent() && other.isPresent() && !one.equals(other) ? Optional.empty() : one.or(() -> other);
    }

    private static Forwarding usual(MultiMap headers, Predicate<IpAddress> isTrusted) {
        List<String> nodes = parts(headers, FOR);
        int client = client(nodes, isTrusted);
        // From the end: a proxy may add to one of the lists only.
        int after = client < 0 ? 0 : nodes.size() - 1 - client;
        return new Forwarding(
                client < 0 ? Optional.empty() : address(nodes.get(client)),
                fromEnd(parts(headers, PROTO), after).flatMap(Forwarding::scheme),
                fromEnd(parts(headers, HOST), after).flatMap(Forwarding::host));
    }

    private static List<String> parts(MultiMap headers, String name) {
        List<String> values = headers.getAll(name);
        return values.isEmpty()
                ? List.of()
                : List.of(String.join(",", values).split(",", -1)).stream()
                        .map(String::strip)
                        .toList();
    }

    private static Optional<String> fromEnd(List<String> parts, int after) {
        if (parts.size() == 1) {
            return Optional.of(parts.get(0));
        }
        return after < parts.size() ? Optional.of(parts.get(parts.size() - 1 - after)) : Optional.empty();
    }

    private static Forwarding standard(String text, Predicate<IpAddress> isTrusted) {
        List<Element> elements = new ArrayList<>();
        for (String each : split(text, ',')) {
            elements.add(element(each));
        }
        List<String> nodes = elements.stream()
                .map(each -> each.node == null ? "" : each.node)
                .toList();
        int client = client(nodes, isTrusted);
        if (client < 0) {
            return NOTHING;
        }
        Element of = elements.get(client);
        return new Forwarding(
                address(nodes.get(client)),
                Optional.ofNullable(of.proto).flatMap(Forwarding::scheme),
                Optional.ofNullable(of.host).flatMap(Forwarding::host));
    }

    /** Splits outside quotation marks; empty if a mark is not closed. */
    private static List<String> split(String text, char separator) {
        List<String> parts = new ArrayList<>();
        boolean isQuoted = false;
        int start = 0;
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                isQuoted = !isQuoted;
            } else if (c == '\\' && isQuoted) {
                i++;
            } else if (c == separator && !isQuoted) {
                parts.add(text.substring(start, i));
                start = i + 1;
            }
        }
        parts.add(text.substring(start));
        return isQuoted ? List.of() : parts;
    }

    private static Element element(String text) {
        String node = null;
        String proto = null;
        String host = null;
        for (String pair : split(text, ';')) {
            int equals = pair.indexOf('=');
            String name = equals < 0 ? "" : pair.substring(0, equals).strip().toLowerCase(Locale.ROOT);
            String value = unquoted(pair.substring(equals + 1).strip());
            switch (name) {
                // A name that is there twice is malformed.
                case "for" -> node = node == null ? value : "";
                case "proto" -> proto = proto == null ? value : "";
                case "host" -> host = host == null ? value : "";
                default -> {}
            }
        }
        return new Element(node, proto, host);
    }

    private static String unquoted(String text) {
        boolean isQuoted = text.length() >= 2 && text.startsWith("\"") && text.endsWith("\"");
        return isQuoted ? text.substring(1, text.length() - 1).replaceAll("\\\\(.)", "$1") : text;
    }

    /** Returns the place of the client in a list; -1 if it is not known. */
    private static int client(List<String> nodes, Predicate<IpAddress> isTrusted) {
        for (int i = nodes.size() - 1; i >= 0; i--) {
            Optional<IpAddress> address = address(nodes.get(i));
            if (address.isEmpty()) {
                return -1;
            }
            if (i == 0 || !isTrusted.test(address.get())) {
                return i;
            }
        }
        return -1;
    }

    /** Reads an address, perhaps with a port. An address of IPv6 with a port is in brackets. */
    private static Optional<IpAddress> address(String node) {
        String address = node;
        int bracket = node.lastIndexOf(']');
        if (node.startsWith("[") && bracket > 0) {
            address = isPort(node.substring(bracket + 1)) ? node.substring(1, bracket) : "";
        } else if (node.indexOf(':') > 0 && node.indexOf(':') == node.lastIndexOf(':')) {
            int colon = node.indexOf(':');
            address = isPort(node.substring(colon)) ? node.substring(0, colon) : "";
        }
        return IpAddress.parse(address);
    }

    private static boolean isPort(String text) {
        return text.isEmpty() || text.matches(":[0-9]{1,5}");
    }

    private static Optional<String> scheme(String text) {
        return Optional.of(text.toLowerCase(Locale.ROOT)).filter(some -> some.equals("http") || some.equals("https"));
    }

    private static Optional<String> host(String text) {
        return Optional.of(text).filter(some -> RequestAuthority.isValid(some));
    }
}
