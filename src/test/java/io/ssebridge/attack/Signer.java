package io.ssebridge.attack;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;

/** Signs tokens. */
interface Signer {
    /** Signs claims. */
    String sign(JsonObject claims);

    /** The node's configuration of the key, as the section {@code auth}. */
    String configuration();

    /** Signs with a secret, which is cheap to check. */
    static Signer hmac(String secret) {
        return new Signer() {
            @Override
            public String sign(JsonObject claims) {
                return Tokens.sign(claims, secret);
            }

            @Override
            public String configuration() {
                return "auth: {jwt: {secret: \"%s\"}}".formatted(secret);
            }
        };
    }

    /** Signs with a key of its own, which takes long to check. */
    static Signer ellipticCurve() {
        return new EllipticCurve();
    }

    /** Signs by ES256. */
    final class EllipticCurve implements Signer {
        private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

        private final KeyPair keys;

        private EllipticCurve() {
            try {
                KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
                generator.initialize(new ECGenParameterSpec("secp256r1"));
                keys = generator.generateKeyPair();
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public String sign(JsonObject claims) {
            String signed = BASE64.encodeToString("{\"alg\":\"ES256\",\"typ\":\"JWT\"}".getBytes(UTF_8)) + "."
                    + BASE64.encodeToString(claims.encode().getBytes(UTF_8));
            try {
                Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
                signature.initSign(keys.getPrivate());
                signature.update(signed.getBytes(UTF_8));
                return signed + "." + BASE64.encodeToString(signature.sign());
            } catch (GeneralSecurityException e) {
                throw new AssertionError(e);
            }
        }

        @Override
        public String configuration() {
            String pem = Base64.getMimeEncoder()
                    .encodeToString(keys.getPublic().getEncoded())
                    .replace("\r\n", "\\n");
            return "auth: {jwt: {publicKey: \"-----BEGIN PUBLIC KEY-----\\n%s\\n-----END PUBLIC KEY-----\\n\"}}"
                    .formatted(pem);
        }
    }
}
