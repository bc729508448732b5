package io.ssebridge.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokens that were accepted last, known by their hash: the tokens themselves are in no heap dump. Bounded; the least
 * recently used goes first. Knows no time: who finds a grant here checks that it has not expired since.
 *
 * <p>Shared by all event loops; its guard is the map's own lock, held for one look-up.
 */
final class AcceptedTokens {
    private final Map<String, Grant> grants;

    AcceptedTokens(int capacity) {
        grants = Collections.synchronizedMap(new Bounded(capacity));
    }

    @Nullable
    Grant find(String token) {
        return grants.get(hash(token));
    }

    void add(String token, Grant grant) {
        grants.put(hash(token), grant);
    }

    private static String hash(String token) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static final class Bounded extends LinkedHashMap<String, Grant> {
        private static final long serialVersionUID = 1L;

        private final int capacity;

        Bounded(int capacity) {
            super(16, 0.75f, true);
            this.capacity = capacity;
        }

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Grant> eldest) {
            return size() > capacity;
        }
    }
}
