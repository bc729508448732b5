package io.ssebridge.access;

import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads a grant from the claims of a token with a valid signature. A null claim counts as absent. Immutable. */
final class Claims {
    private static final String PROPERTIES = "properties";

    private final AuthOptions options;

    Claims(AuthOptions options) {
        this.options = options;
    }

    /**
     * Refuses the claims of another issuer or for another service. The signature may be unverified at this point: this
     * method only refuses, and its reasons show nothing of the claims.
     */
    void checkAddressee(JsonObject claims) throws Refusal {
        checkIssuer(claims);
        checkAudience(claims);
    }

    Grant grant(JsonObject claims, Instant expires) throws Refusal {
        JsonObject channels = object(claims, options.claim());
        return new Grant(
                subject(claims),
                patterns(channels, "subscribe"),
                patterns(channels, "publish"),
                patterns(channels, "admin"),
                object(claims, PROPERTIES).getMap(),
                expires);
    }

    private void checkIssuer(JsonObject claims) throws Refusal {
        if (options.issuer().isPresent() && !options.issuer().get().equals(claims.getValue("iss"))) {
            throw new Refusal("iss: is not the issuer trusted here");
        }
    }

    private void checkAudience(JsonObject claims) throws Refusal {
        Object audience = claims.getValue("aud");
        List<?> names = audience instanceof JsonArray array
                ? array.getList()
                : audience == null ? List.of() : List.of(audience);
        if (!options.audience().isEmpty() && options.audience().stream().noneMatch(names::contains)) {
            throw new Refusal("aud: does not name this service");
        }
    }

    private String subject(JsonObject claims) throws Refusal {
        if (claims.getValue(options.subject()) instanceof String subject && !subject.isEmpty()) {
            return subject;
        }
        throw new Refusal(options.subject() + ": names no subject (expected: text)");
    }

    private static JsonObject object(JsonObject parent, String name) throws Refusal {
        Object value = parent.getValue(name);
        if (value == null) {
            return new JsonObject(Map.of());
        }
        if (value instanceof JsonObject object) {
            return object;
        }
        throw new Refusal(name + ": is not an object");
    }

    private List<ChannelPattern> patterns(JsonObject channels, String right) throws Refusal {
        Object value = channels.getValue(right);
        if (value == null) {
            return List.of();
        }
        String path = options.claim() + "." + right;
        if (!(value instanceof JsonArray texts)) {
            throw new Refusal(path + ": is not a list of patterns");
        }
        List<ChannelPattern> patterns = new ArrayList<>(texts.size());
        for (int i = 0; i < texts.size(); i++) {
            patterns.add(pattern("%s[%d]".formatted(path, i), texts.getValue(i)));
        }
        return patterns;
    }

    private static ChannelPattern pattern(String path, @Nullable Object value) throws Refusal {
        if (!(value instanceof String text)) {
            throw new Refusal(path + ": is not a pattern (expected: text)");
        }
        try {
            return Grant.pattern(text);
        } catch (IllegalArgumentException e) {
            throw new Refusal(path + ": " + e.getMessage());
        }
    }
}
