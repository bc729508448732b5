package io.ssebridge.channel;

import io.ssebridge.config.Key;
import io.ssebridge.config.OneLine;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A service that a rule names, and how long the bridge waits for its answer. It is asked on the event bus or over HTTP.
 *
 * @param address its address on the event bus; null: it has a URL
 * @param url its URL, which gets a {@code POST}; null: it has an address
 * @param timeout the longest time from a question to its answer; 2 s by default
 */
public record Service(@Nullable String address, @Nullable URI url, Duration timeout) {
    /** The default of {@code timeout}. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(2);

    static final Range<Duration> TIMEOUTS = Range.ofDurations(Duration.ofMillis(10), Duration.ofSeconds(30));

    private static final int MAX_LENGTH = 255;

    /**
     * Checks the parts.
     *
     * @throws IllegalArgumentException if they do not fit; the message begins with the key that is wrong
     */
    public Service {
        if (address != null && url != null) {
            throw new IllegalArgumentException("url: given beside an address (expected: one of the two)");
        }
        if (address != null) {
            checkAddress(address);
        } else if (url == null) {
            throw new IllegalArgumentException("address: missing (expected: an address of the event bus, or a url)");
        } else {
            checkUrl(url);
        }
        TIMEOUTS.check("timeout", timeout);
    }

    /**
     * Creates a service on the event bus, with the default time-out.
     *
     * @param address its address
     */
    public static Service at(String address) {
        return new Service(address, null, DEFAULT_TIMEOUT);
    }

    /**
     * Reads a key that names a service: its address as a text, or a section.
     *
     * @param rule the section with the key
     * @param key the key
     */
    static Optional<Service> of(Section rule, Key key) {
        if (!rule.has(key.name())) {
            return Optional.empty();
        }
        if (rule.isSection(key.name())) {
            Section service = rule.section(key.name());
            return Optional.of(service.build(() -> from(service)));
        }
        String address = rule.optionalText(key).orElse("");
        return Optional.of(rule.checked(() -> {
            try {
                return at(address);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        key.name() + ": " + String.valueOf(e.getMessage()).substring("address: ".length()), e);
            }
        }));
    }

    /**
     * Reads the keys {@code address}, {@code url} and {@code timeout} of a section. If it has other keys too, read these
     * before.
     */
    static Service from(Section service) {
        return new Service(
                service.optionalText(Key.live("address", "address", "Where the service is reached on the event bus"))
                        .orElse(null),
                service.parsed(Key.live("url", "URL", "The same over HTTP, instead of an address"), Service::uri)
                        .orElse(null),
                service.quantity(
                        Key.live("timeout", "How long the bridge waits for its answer; no answer is a failure"),
                        DEFAULT_TIMEOUT,
                        TIMEOUTS));
    }

    private static URI uri(String text) {
        try {
            return new URI(text);
        } catch (URISyntaxException e) {
            // The text may contain a password.
            throw new IllegalArgumentException("not a URL (expected: http://… or https://…)", e);
        }
    }

    private static void checkAddress(String address) {
        if (address.isEmpty() || address.length() > MAX_LENGTH) {
            throw new IllegalArgumentException(
                    "address: %d characters (expected: 1 to %d)".formatted(address.length(), MAX_LENGTH));
        }
        if (ReservedAddresses.contains(address)) {
            throw new IllegalArgumentException(
                    "address: %s is reserved (%s)".formatted(OneLine.quote(address), ReservedAddresses.EXPECTED));
        }
        if (address.chars().anyMatch(c -> Segments.isPatternSyntax((char) c) || Character.isISOControl(c))) {
            throw new IllegalArgumentException(
                    "address: %s (expected: one address, without variables, wildcards and control characters)"
                            .formatted(OneLine.quote(address)));
        }
    }

    private static void checkUrl(URI url) {
        String scheme = url.getScheme();
        if (scheme == null
                || !scheme.equalsIgnoreCase("http") && !scheme.equalsIgnoreCase("https")
                || url.getHost() == null) {
            throw new IllegalArgumentException("url: not a URL of HTTP (expected: http://… or https://…)");
        }
        if (url.getRawUserInfo() != null || url.getRawFragment() != null) {
            throw new IllegalArgumentException("url: has a user or a fragment (expected: neither)");
        }
    }

    /** Returns the value of the key, with all parts. */
    JsonObject toJson() {
        JsonObject json = new JsonObject();
        if (address != null) {
            json.put("address", address);
        }
        if (url != null) {
            json.put("url", url.toString());
        }
        return json.put("timeout", TIMEOUTS.write(timeout));
    }

    /** Shows its address, or its URL without the query, which may contain a secret. */
    @Override
    public String toString() {
        if (url == null) {
            return String.valueOf(address);
        }
        String text = url.toString();
        int query = text.indexOf('?');
        return query < 0 ? text : text.substring(0, query);
    }
}
