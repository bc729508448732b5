package io.ssebridge.access;

import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.Json;
import io.vertx.core.json.JsonObject;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The decoded parts of a token. Its signature is not verified yet.
 *
 * @param algorithm the algorithm that the header claims
 * @param claims the payload
 * @param signatureBytes the length of the signature in bytes
 */
record Jwt(String algorithm, JsonObject claims, int signatureBytes) {
    // Stricter than Vert.x, which splits at dots and so ignores empty parts at the end.
    private static final Pattern COMPACT = Pattern.compile("([A-Za-z0-9_-]++)\\.([A-Za-z0-9_-]++)\\.([A-Za-z0-9_-]++)");
    // Base64url characters that may be the last of a group of two or three. The lowest four or two bits of the last
    // character have no meaning, so they must be 0.
    private static final String LAST_OF_TWO = "AQgw";
    private static final String LAST_OF_THREE = "AEIMQUYcgkosw048";

    static Jwt parse(String token) throws Refusal {
        Matcher parts = COMPACT.matcher(token);
        if (!parts.matches()) {
            throw new Refusal("malformed");
        }
        for (int part = 1; part <= parts.groupCount(); part++) {
            checkSpelling(parts.group(part));
        }
        JsonObject header = decode(parts.group(1));
        JsonObject claims = decode(parts.group(2));
        if (header.containsKey("crit")) {
            // This verifier supports no extensions, so it must refuse every critical one
            // (https://www.rfc-editor.org/rfc/rfc7515.html#section-4.1.11).
            throw new Refusal("its header has critical extensions");
        }
        if (header.getValue("alg") instanceof String algorithm) {
            return new Jwt(algorithm, claims, parts.group(3).length() * 6 / 8);
        }
        throw new Refusal("its header names no algorithm");
    }

    /**
     * Accepts only one spelling of the same bytes, because each spelling would be verified and remembered separately.
     */
    private static void checkSpelling(String part) throws Refusal {
        char last = part.charAt(part.length() - 1);
        boolean canonical = switch (part.length() % 4) {
            case 0 -> true;
            case 2 -> LAST_OF_TWO.indexOf(last) >= 0;
            case 3 -> LAST_OF_THREE.indexOf(last) >= 0;
            default -> false;
        };
        if (!canonical) {
            throw new Refusal("malformed");
        }
    }

    private static JsonObject decode(String part) throws Refusal {
        try {
            byte[] json = Base64.getUrlDecoder().decode(part);
            if (Json.decodeValue(Buffer.buffer(json)) instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException e) {
            throw new Refusal(
                    e.getCause() instanceof StreamConstraintsException
                            ? "its JSON is beyond the limits (expected: numbers of at most 1,000 digits, 1,000 levels)"
                            : "malformed");
        } catch (IllegalArgumentException e) {
            throw new Refusal("malformed");
        }
        throw new Refusal("malformed");
    }
}
