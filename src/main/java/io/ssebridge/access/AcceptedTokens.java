package io.ssebridge.access;

import io.ssebridge.encoding.Sha256;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The most recently accepted tokens. They are stored as hashes, so a heap dump does not contain the tokens. The total
 * weight of their grants is limited. Expired tokens are evicted first, then the least recently used ones.
 *
 * <p>Tokens with the same signed part share one entry, which keeps the last accepted signature. Anybody can turn a
 * valid ECDSA signature into another form for the same words. Such a token replaces the entry and takes no more memory.
 *
 * <p>All event loops share it. Its guard is the lock of {@code entries}, held for one look-up.
 */
final class AcceptedTokens {
    private final long capacityBytes;

    // Keyed by the hash of the signed part; the least recently used entry comes first.
    private final Map<String, AcceptedToken> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final NavigableSet<AcceptedToken> byExpiry =
            new TreeSet<>(Comparator.comparing(AcceptedToken::expires).thenComparing(AcceptedToken::signed));
    private long bytes;

    private record AcceptedToken(String signed, String signature, Grant grant, long bytes) {
        Instant expires() {
            return grant.expires();
        }
    }

    /** Creates an empty cache. The capacity limits the sum of the weights that {@link GrantWeight} estimates. */
    AcceptedTokens(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    /**
     * Finds the grant of a token.
     *
     * @param token the exact token
     * @param expired tokens that expire at this time or earlier are no longer valid
     */
    @Nullable
    Grant find(String token, Instant expired) {
        String signed = hash(signedPart(token));
        String signature = hash(signaturePart(token));
        synchronized (entries) {
            evictExpired(expired);
            AcceptedToken entry = entries.get(signed);
            return entry != null && entry.signature.equals(signature) ? entry.grant : null;
        }
    }

    /**
     * Adds a token with a valid signature.
     *
     * @param token the exact token
     * @param grant the grant of the token
     * @param expired tokens that expire at this time or earlier are no longer valid
     */
    void add(String token, Grant grant, Instant expired) {
        AcceptedToken added =
                new AcceptedToken(hash(signedPart(token)), hash(signaturePart(token)), grant, GrantWeight.bytes(grant));
        synchronized (entries) {
            evictExpired(expired);
            AcceptedToken replaced = entries.remove(added.signed);
            if (replaced != null) {
                byExpiry.remove(replaced);
                bytes -= replaced.bytes;
            }
            entries.put(added.signed, added);
            byExpiry.add(added);
            bytes += added.bytes;
            evictEldest();
        }
    }

    private void evictExpired(Instant expired) {
        while (!byExpiry.isEmpty() && !byExpiry.first().expires().isAfter(expired)) {
            AcceptedToken gone = byExpiry.pollFirst();
            entries.remove(gone.signed);
            bytes -= gone.bytes;
        }
    }

    private void evictEldest() {
        Iterator<AcceptedToken> eldest = entries.values().iterator();
        while (bytes > capacityBytes && eldest.hasNext()) {
            AcceptedToken gone = eldest.next();
            eldest.remove();
            byExpiry.remove(gone);
            bytes -= gone.bytes;
        }
    }

    /** Returns the number of cached tokens. */
    int size() {
        synchronized (entries) {
            return entries.size();
        }
    }

    private static String signedPart(String token) {
        return token.substring(0, Math.max(0, token.lastIndexOf('.')));
    }

    private static String signaturePart(String token) {
        return token.substring(token.lastIndexOf('.') + 1);
    }

    /** Returns a hash in 32 characters of one byte each. */
    private static String hash(String text) {
        return new String(Sha256.hash(text), StandardCharsets.ISO_8859_1);
    }
}
