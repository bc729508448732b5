package io.ssebridge.access;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A token taken apart, its signature not yet looked at.
 *
 * @param algorithm the algorithm that its header claims
 * @param claims its payload
 */
record Jwt(String algorithm, JsonObject claims) {
    // Stricter than Vert.x, which splits at dots and so overlooks empty parts at the end.
    private static final Pattern COMPACT = Pattern.compile("([A-Za-z0-9_-]++)\\.([A-Za-z0-9_-]++)\\.[A-Za-z0-9_-]++");

    static Jwt parse(String token) throws Refusal {
        Matcher parts = COMPACT.matcher(token);
        if (!parts.matches()) {
            throw new Refusal("malformed");
        }
        JsonObject header = decode(parts.group(1));
        JsonObject claims = decode(parts.group(2));
        if (header.containsKey("crit")) {
            // We know no extension, so whatever is critical is not understood
            // (https://www.rfc-editor.org/rfc/rfc7515.html#section-4.1.11).
            throw new Refusal("its header has critical extensions");
        }
        if (header.getValue("alg") instanceof String algorithm) {
            return new Jwt(algorithm, claims);
        }
        throw new Refusal("its header names no algorithm");
    }

    private static JsonObject decode(String part) throws Refusal {
        try {
            byte[] json = Base64.getUrlDecoder().decode(part);
            if (Json.decodeValue(Buffer.buffer(json)) instanceof JsonObject object) {
                return object;
            }
        } catch (IllegalArgumentException | DecodeException e) {
            throw new Refusal("malformed");
        }
        throw new Refusal("malformed");
    }
}
