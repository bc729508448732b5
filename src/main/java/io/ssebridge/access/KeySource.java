package io.ssebridge.access;

import java.util.List;
import java.util.Optional;

/** Where the keys come from that check tokens. */
public sealed interface KeySource {
    /** There are no keys, and no token can be checked. */
    record None() implements KeySource {}

    /**
     * Secrets of HMAC.
     *
     * @param secrets the one that signs new tokens first; each has at least 32 bytes of UTF-8
     */
    record Secrets(List<String> secrets) implements KeySource {
        /**
         * Checks the secrets.
         *
         * @throws IllegalArgumentException if one is unusable; the message begins with its key and shows nothing of it
         */
        public Secrets {
            secrets = List.copyOf(secrets);
            checkNumber("jwt.secrets", secrets.size());
            for (int i = 0; i < secrets.size(); i++) {
                try {
                    SecretText.check(secrets.get(i));
                } catch (IllegalArgumentException e) {
                    String key = secrets.size() == 1 ? "jwt.secret" : "jwt.secrets[%d]".formatted(i);
                    throw new IllegalArgumentException(key + ": " + e.getMessage(), e);
                }
            }
        }

        /** Shows nothing of the secrets. */
        @Override
        public String toString() {
            return secrets.size() == 1 ? "secret" : secrets.size() + " secrets";
        }
    }

    /**
     * Public keys.
     *
     * @param pems each key in PEM
     */
    record PublicKeys(List<String> pems) implements KeySource {
        /**
         * Checks the keys.
         *
         * @throws IllegalArgumentException if one is unusable; the message begins with its key and shows nothing of it
         */
        public PublicKeys {
            pems = List.copyOf(pems);
            checkNumber("jwt.publicKey", pems.size());
            List<VerificationKey> unused = PublicKeyPem.parse(pems);
        }

        /** Shows nothing of the keys. */
        @Override
        public String toString() {
            return pems.size() == 1 ? "publicKey" : pems.size() + " public keys";
        }
    }

    /**
     * A set of public keys that its issuer may change at any time (<a
     * href="https://www.rfc-editor.org/rfc/rfc7517.html#section-5">JWK Set</a>).
     *
     * @param location the path of a file, or the URL of the set with the scheme {@code https} or {@code http}
     */
    record KeySet(String location) implements KeySource {
        /**
         * Checks the form of a URL.
         *
         * @throws IllegalArgumentException if it cannot be a URL of a key set; the message begins with its key
         */
        public KeySet {
            KeySetLocation.check(location);
        }

        /** Shows the location, but no query of a URL. */
        @Override
        public String toString() {
            return "keys of " + KeySetLocation.shown(location);
        }
    }

    private static void checkNumber(String key, int number) {
        if (number == 0 || number > KeyRing.MOST_TRIED) {
            throw new IllegalArgumentException(
                    "%s: %d keys (expected: 1 to %d)".formatted(key, number, KeyRing.MOST_TRIED));
        }
    }

    /** Returns the secret that signs new tokens. */
    default Optional<String> signingSecret() {
        return this instanceof Secrets given ? Optional.of(given.secrets().get(0)) : Optional.empty();
    }
}
