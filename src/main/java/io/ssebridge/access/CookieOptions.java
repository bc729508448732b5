package io.ssebridge.access;

import io.ssebridge.config.Key;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The session cookie. Browsers silently drop a cookie with contradicting attributes: such options are refused.
 *
 * @param name the cookie's name; {@code sse_token} unless given. One that begins with {@code __Host-} or {@code __Secure-}
 *     is a <a href="https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-cookie-name-prefixes">promise
 *     to the browser</a>, which the other options must keep
 * @param sameSite to which pages' requests browsers add it; {@code Lax} unless given
 * @param secure whether it is sent over TLS only; unless given, as the request that asked for it came
 * @param domain the domain; all its hosts get the cookie; unless given, only the host that set it
 * @param partitioned whether each site that embeds the page has a cookie of its own; not unless given
 */
public record CookieOptions(
        String name, SameSite sameSite, Optional<Boolean> secure, Optional<String> domain, boolean partitioned) {
    // A token of https://www.rfc-editor.org/rfc/rfc9110.html#name-tokens, as
    // https://www.rfc-editor.org/rfc/rfc6265.html#section-4.1.1 asks of a cookie's name.
    private static final Pattern NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    private static final Pattern DOMAIN = Pattern.compile("[a-z0-9-]{1,63}(\\.[a-z0-9-]{1,63}){1,10}");

    /** The cookie unless anything else is given. */
    public static final CookieOptions DEFAULT =
            new CookieOptions("sse_token", SameSite.LAX, Optional.empty(), Optional.empty(), false);

    /** To which requests a browser adds a cookie. */
    public enum SameSite {
        /** Those of pages of the same site. */
        STRICT("Strict"),
        /** Those, and when a user follows a link from another site. */
        LAX("Lax"),
        /** All. */
        NONE("None");

        private final String word;

        SameSite(String word) {
            this.word = word;
        }

        /** The attribute's value, as it is written in the header and in the configuration. */
        public String word() {
            return word;
        }

        static SameSite of(String text) {
            return List.of(values()).stream()
                    .filter(value -> value.word.equals(text))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException("\"%s\" (expected: Lax, Strict or None)".formatted(text)));
        }
    }

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
     */
    public CookieOptions {
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "name: \"%s\" (expected: letters, digits and !#$%%&'*+-.^_`|~)".formatted(name));
        }
        boolean mustBeSecure =
                sameSite == SameSite.NONE || partitioned || name.startsWith("__Host-") || name.startsWith("__Secure-");
        if (mustBeSecure && !secure.orElse(false)) {
            throw new IllegalArgumentException(
                    "secure: %s (expected: true with sameSite: None, partitioned, or a name that begins with __Host- or __Secure-)"
                            .formatted(secure.isPresent() ? "false" : "auto"));
        }
        domain.ifPresent(text -> {
            if (!DOMAIN.matcher(text).matches()) {
                throw new IllegalArgumentException(
                        "domain: \"%s\" (expected: a name such as app.example, in lower case)".formatted(text));
            }
        });
        if (domain.isPresent() && name.startsWith("__Host-")) {
            throw new IllegalArgumentException("domain: given (expected: none with a name that begins with __Host-)");
        }
    }

    /**
     * Reads the section {@code auth.cookie}, or the cookie's name in its place.
     *
     * @param auth the section {@code auth}
     */
    static CookieOptions from(Section auth) {
        if (auth.has("cookie") && !auth.isSection("cookie")) {
            return auth.parsed(
                    Key.live("cookie", "The name of the session cookie; or an object with the keys below"),
                    DEFAULT.name(),
                    CookieOptions::named);
        }
        Section cookie = auth.section("cookie");
        return cookie.build(() -> new CookieOptions(
                cookie.text(Key.live("name", "The name of the session cookie"), DEFAULT.name()),
                cookie.parsed(
                        Key.live(
                                "sameSite",
                                "`Lax`, `Strict` or `None`",
                                "With which requests browsers send it; `None`, for pages of other sites, needs `secure: true`"),
                        DEFAULT.sameSite().word(),
                        SameSite::of),
                cookie.parsed(
                        Key.live(
                                "secure",
                                "`true`, `false` or `auto`",
                                "Whether browsers send it over TLS only; `auto`: if the request that set it came over TLS"),
                        "auto",
                        CookieOptions::secure),
                cookie.optionalText(Key.live(
                                "domain",
                                "name",
                                "The cookie goes to all hosts of this domain; by default only to the host that set it")
                        .byDefault("none")),
                cookie.flag(
                        Key.live(
                                "partitioned",
                                "`true`: each site that embeds the page has its own cookie; needs `secure: true`"),
                        DEFAULT.partitioned())));
    }

    /** Returns the options as the section {@code auth.cookie}, with the keys of the configuration. */
    public JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("name", name)
                .put("sameSite", sameSite.word())
                .put("secure", secure.<Object>map(given -> given).orElse("auto"))
                .put("partitioned", partitioned);
        domain.ifPresent(given -> json.put("domain", given));
        return json;
    }

    private static CookieOptions named(String name) {
        try {
            return new CookieOptions(
                    name, DEFAULT.sameSite(), DEFAULT.secure(), DEFAULT.domain(), DEFAULT.partitioned());
        } catch (IllegalArgumentException e) {
            // The name stands under the key itself.
            String message = String.valueOf(e.getMessage());
            throw new IllegalArgumentException(
                    message.startsWith("name: ") ? message.substring("name: ".length()) : message, e);
        }
    }

    private static Optional<Boolean> secure(String text) {
        return switch (text) {
            case "auto" -> Optional.empty();
            case "true" -> Optional.of(true);
            case "false" -> Optional.of(false);
            default -> throw new IllegalArgumentException("\"%s\" (expected: auto, true or false)".formatted(text));
        };
    }
}
