package io.ssebridge.access;

import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Makes keys and tokens, good and bad, by hand: shares no code with Vert.x, which is to verify them. */
final class TokenForge {
    private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();

    /** Signs the text before the last dot. */
    interface Signer {
        byte[] sign(byte[] input) throws GeneralSecurityException;
    }

    private TokenForge() {}

    static KeyPair rsa(int bits) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
            generator.initialize(bits);
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static KeyPair ec(String curve) {
        try {
            KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
            generator.initialize(new ECGenParameterSpec(curve));
            return generator.generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static KeyPair ed25519() {
        return pair("Ed25519");
    }

    static KeyPair pair(String kind) {
        try {
            return KeyPairGenerator.getInstance(kind).generateKeyPair();
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String publicPem(KeyPair keys) {
        return pem("PUBLIC KEY", keys.getPublic().getEncoded());
    }

    static String privatePem(KeyPair keys) {
        return pem("PRIVATE KEY", keys.getPrivate().getEncoded());
    }

    static String pem(String kind, byte[] content) {
        String lines = Base64.getMimeEncoder().encodeToString(content);
        return "-----BEGIN %s-----\r\n%s\r\n-----END %s-----\r\n".formatted(kind, lines, kind);
    }

    static Signer hmac(String secret) {
        return input -> {
            Mac mac = Mac.getInstance("HmacSHA256");
            mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
            return mac.doFinal(input);
        };
    }

    static Signer jca(String algorithm, PrivateKey key) {
        return input -> {
            Signature signature = Signature.getInstance(algorithm);
            signature.initSign(key);
            signature.update(input);
            return signature.sign();
        };
    }

    static String token(String header, String payload, Signer signer) {
        String input = part(header) + "." + part(payload);
        try {
            return input + "." + BASE64.encodeToString(signer.sign(input.getBytes(StandardCharsets.US_ASCII)));
        } catch (GeneralSecurityException e) {
            throw new AssertionError(e);
        }
    }

    static String token(String algorithm, JsonObject claims, Signer signer) {
        return token(new JsonObject().put("alg", algorithm).encode(), claims.encode(), signer);
    }

    static String part(String json) {
        return BASE64.encodeToString(json.getBytes(StandardCharsets.UTF_8));
    }
}
