package io.ssebridge.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that were accepted last, known by hashes: the tokens themselves are in no heap dump. What their grants weigh
 * is bounded; expired tokens are evicted, then the least recently used ones.
 *
 * <p>What a token says is one entry, with the signature that was seen last: an ECDSA signature of another form for the same
 * words, which anybody can make of a good one, replaces it.
 *
 * <p>Shared by all event loops; its guard is the lock of {@code entries}, held for one look-up.
 */
final class AcceptedTokens {
    private final long capacityBytes;

    // By what was signed, the least recently used first.
    private final Map<String, Entry> entries = new LinkedHashMap<>(16, 0.75f, true);
    private final NavigableSet<Entry> byExpiry =
            new TreeSet<>(Comparator.comparing(Entry::expires).thenComparing(Entry::signed));
    private long bytes;

    private record Entry(String signed, String signature, Grant grant, long bytes) {
        Instant expires() {
            return grant.expires();
        }
    }

    /** Keeps tokens that weigh this much together, as {@link GrantWeight} estimates it. */
    AcceptedTokens(long capacityBytes) {
        this.capacityBytes = capacityBytes;
    }

    /**
     * Finds the grant of a token.
     *
     * @param token the token, to the letter
     * @param expired tokens that expire then or before are no longer good
     */
    @Nullable
    Grant find(String token, Instant expired) {
        String signed = hash(signedPart(token));
        String signature = hash(signaturePart(token));
        synchronized (entries) {
            evictExpired(expired);
            Entry entry = entries.get(signed);
            return entry != null && entry.signature.equals(signature) ? entry.grant : null;
        }
    }

    /**
     * Adds a token whose signature holds.
     *
     * @param token the token, to the letter
     * @param grant what it allows
     * @param expired tokens that expire then or before are no longer good
     */
    void add(String token, Grant grant, Instant expired) {
        Entry added = new Entry(hash(signedPart(token)), hash(signaturePart(token)), grant, GrantWeight.bytes(grant));
        synchronized (entries) {
            evictExpired(expired);
            Entry replaced = entries.remove(added.signed);
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
            Entry gone = byExpiry.pollFirst();
            entries.remove(gone.signed);
            bytes -= gone.bytes;
        }
    }

    private void evictEldest() {
        Iterator<Entry> eldest = entries.values().iterator();
        while (bytes > capacityBytes && eldest.hasNext()) {
            Entry gone = eldest.next();
            eldest.remove();
            byExpiry.remove(gone);
            bytes -= gone.bytes;
        }
    }

    /** How many tokens are known. */
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

    /** A hash in 32 characters of one byte each. */
    private static String hash(String text) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
            return new String(digest, StandardCharsets.ISO_8859_1);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
