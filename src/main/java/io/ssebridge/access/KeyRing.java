package io.ssebridge.access;

import java.util.List;
import java.util.Optional;

/**
 * The keys that check tokens at one time. Immutable.
 *
 * <p>The keys of a set have names, and a token names its key ({@code kid}). Configured keys have no names: a token is
 * checked with each key that fits its algorithm.
 */
final class KeyRing {
    /** The largest number of keys that are tried for one token, because each may take a millisecond. */
    static final int MOST_TRIED = 4;

    private final List<VerificationKey> keys;
    private final boolean named;

    private KeyRing(List<VerificationKey> keys, boolean named) {
        this.keys = List.copyOf(keys);
        this.named = named;
    }

    /**
     * Creates a ring of the configured keys; empty if there are none, or if they are in a set that must be read first.
     *
     * @param options the keys and the algorithms that they may be used with
     */
    static Optional<KeyRing> ofConfigured(AuthOptions options) {
        List<VerificationKey> keys = List.of();
        if (options.keys() instanceof KeySource.Secrets given) {
            keys = given.secrets().stream().map(VerificationKey::ofSecret).toList();
        } else if (options.keys() instanceof KeySource.PublicKeys given) {
            keys = PublicKeyPem.parse(given.pems());
        }
        return keys.isEmpty() ? Optional.empty() : Optional.of(new KeyRing(limit(keys, options.algorithms()), false));
    }

    /**
     * Creates a ring of the keys of a set.
     *
     * @param keys the keys with all algorithms that they may be used with
     * @param allowed the configured algorithms; empty: the default of each key
     */
    static KeyRing ofSet(List<VerificationKey> keys, List<String> allowed) {
        return new KeyRing(limit(keys, allowed), true);
    }

    private static List<VerificationKey> limit(List<VerificationKey> keys, List<String> allowed) {
        return keys.stream()
                .map(key -> key.limitedTo(allowed))
                .filter(key -> !key.algorithms().isEmpty())
                .toList();
    }

    /**
     * Finds the keys that may have signed a token.
     *
     * @param algorithm the algorithm of the token
     * @param id the key that the token names
     * @return at most {@link #MOST_TRIED} keys; empty: the set has no key of this name
     * @throws Refusal if the key may not be used with the algorithm, or the token must name its key
     */
    List<VerificationKey> find(JwsAlgorithm algorithm, Optional<String> id) throws Refusal {
        List<VerificationKey> meant = keys;
        if (named && id.isPresent()) {
            meant = keys.stream().filter(key -> key.id().equals(id)).toList();
            if (meant.isEmpty()) {
                return meant;
            }
        }
        List<VerificationKey> fitting = meant.stream()
                .filter(key -> key.algorithms().contains(algorithm))
                .toList();
        if (fitting.isEmpty()) {
            throw new Refusal("algorithm not allowed");
        }
        if (fitting.size() > MOST_TRIED) {
            throw new Refusal("its header names no key that is the only one (expected: kid)");
        }
        return fitting;
    }

    /** Tells whether a token that this ring accepts may be unacceptable to another ring. */
    boolean hasMoreThan(KeyRing other) {
        return !other.keys.containsAll(keys);
    }

    /** Tells whether both have the same keys. */
    boolean isSame(KeyRing other) {
        return keys.equals(other.keys);
    }

    int size() {
        return keys.size();
    }
}
