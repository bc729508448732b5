package io.ssebridge.access;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import io.vertx.core.json.jackson.JacksonCodec;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The decoded parts of a token. Its signature is not verified yet.
 *
 * @param token the token itself
 * @param algorithm the algorithm that the header claims; empty: one that nothing here supports
 * @param keyId the key that the header names
 * @param claims the payload
 */
record Jwt(String token, Optional<JwsAlgorithm> algorithm, Optional<String> keyId, JsonObject claims) {
    private static final JsonFactory JSON = new JsonFactoryBuilder()
            // Of two values the issuer, or a gateway before this node, may have meant the other one.
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            // The table of field names seen takes names with equal hashes for an attack, and fails for everybody.
            .disable(JsonFactory.Feature.CANONICALIZE_FIELD_NAMES)
            .build();
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
            return new Jwt(token, JwsAlgorithm.of(algorithm), keyId(header), claims);
        }
        throw new Refusal("its header names no algorithm");
    }

    /** Returns the signed bytes. */
    byte[] signed() {
        return token.substring(0, token.lastIndexOf('.')).getBytes(StandardCharsets.US_ASCII);
    }

    /** Returns the signature. */
    byte[] signature() {
        return Base64.getUrlDecoder().decode(token.substring(token.lastIndexOf('.') + 1));
    }

    private static Optional<String> keyId(JsonObject header) throws Refusal {
        Object id = header.getValue("kid");
        if (id == null) {
            return Optional.empty();
        }
        if (id instanceof String text) {
            return Optional.of(text);
        }
        throw new Refusal("its header names no key (expected: text for kid)");
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
            JsonParser json = JSON.createParser(Base64.getUrlDecoder().decode(part));
            if (JacksonCodec.fromParser(json, Object.class) instanceof JsonObject object) {
                return object;
            }
        } catch (DecodeException e) {
            throw new Refusal(reason(e));
        } catch (IOException | IllegalArgumentException e) {
            throw new Refusal("malformed");
        }
        throw new Refusal("malformed");
    }

    private static String reason(DecodeException failure) {
        if (failure.getCause() instanceof StreamConstraintsException) {
            return "its JSON is beyond the limits (expected: numbers of at most 1,000 digits, 1,000 levels)";
        }
        return String.valueOf(failure.getMessage()).startsWith("Duplicate field")
                ? "its JSON has a name twice"
                : "malformed";
    }
}
