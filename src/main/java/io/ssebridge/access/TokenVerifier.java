package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns tokens into grants. A token must be a JWT that is signed with the configured key, is valid now, and lists its
 * rights in the documented form. One fault refuses the whole token.
 *
 * <p>All event loops share it. It is immutable except for the {@link AcceptedTokens} and the {@link SignatureQueue},
 * which have their own locks. A future that is not complete at once completes on the caller's context.
 */
public final class TokenVerifier {
    private static final int MAX_LENGTH = 8 * 1024;
    private static final Verdict POSTPONED = new Verdict.Postponed();

    private final @Nullable Signatures signatures;
    private final AuthOptions options;
    private final Claims claims;
    private final InstantSource clock;
    private final AcceptedTokens accepted = new AcceptedTokens(HeapShare.bytes());

    private TokenVerifier(@Nullable Signatures signatures, AuthOptions options, InstantSource clock) {
        this.signatures = signatures;
        this.options = options;
        this.claims = new Claims(options);
        this.clock = clock;
    }

    /**
     * Creates a verifier that uses the machine's clock.
     *
     * @param vertx provides worker threads for slow algorithms
     * @param options the key and the other requirements for tokens; without a key every token is refused
     * @throws IllegalArgumentException if the key is unusable; the message is one line and shows nothing of the key
     */
    public static TokenVerifier create(Vertx vertx, AuthOptions options) {
        return create(vertx, options, InstantSource.system());
    }

    /**
     * Creates a verifier.
     *
     * @param vertx provides worker threads for slow algorithms
     * @param options the key and the other requirements for tokens; without a key every token is refused
     * @param clock tells the time
     * @throws IllegalArgumentException if the key is unusable; the message is one line and shows nothing of the key
     */
    public static TokenVerifier create(Vertx vertx, AuthOptions options, InstantSource clock) {
        return new TokenVerifier(Signatures.load(vertx, options).orElse(null), options, clock);
    }

    /**
     * Verifies a token that this node has signed itself.
     *
     * @param token the token
     */
    public Future<Verdict> verify(String token) {
        return verify(token, "", () -> false);
    }

    /**
     * Verifies a token. The future fails only because of a bug: a fault of the token is a {@link Verdict}.
     *
     * @param token the token as received, without {@code Bearer}
     * @param client the client that sends it: clients take turns if signatures are slow
     * @param gone returns true once the caller no longer waits for the verdict; called on any thread
     */
    public Future<Verdict> verify(String token, String client, BooleanSupplier gone) {
        if (signatures == null) {
            return refused("this node has no key");
        }
        if (token.length() > MAX_LENGTH) {
            return refused("too long (expected: at most %d bytes)".formatted(MAX_LENGTH));
        }
        Grant known = accepted.find(token, expired());
        if (known != null) {
            return Future.succeededFuture(new Verdict.Accepted(known));
        }
        return verify(token, signatures, client, gone);
    }

    /** Returns the time limit: a token that expires at this time or earlier is no longer valid. */
    private Instant expired() {
        return clock.instant().minus(options.leeway());
    }

    // Cheap checks come first. An expired token, which thousands of browsers may send at once, and a token of another
    // service then cost no cryptography. These checks read unverified claims, but only to refuse.
    private Future<Verdict> verify(String token, Signatures signatures, String client, BooleanSupplier gone) {
        try {
            Jwt jwt = Jwt.parse(token);
            signatures.check(jwt);
            TokenLifetime lifetime = TokenLifetime.of(jwt.claims());
            lifetime.check(clock.instant(), options.leeway());
            claims.checkAddressee(jwt.claims());
            return signatures
                    .hold(token, jwt.algorithm(), client, gone)
                    .map(signed -> signed.map(
                                    holds -> holds ? accept(token, jwt, lifetime) : new Verdict.Refused("signature"))
                            .orElse(POSTPONED));
        } catch (Refusal e) {
            return refused(e.reason());
        }
    }

    private Verdict accept(String token, Jwt jwt, TokenLifetime lifetime) {
        try {
            Grant grant = claims.grant(jwt.claims(), lifetime.expires());
            accepted.add(token, grant, expired());
            return new Verdict.Accepted(grant);
        } catch (Refusal e) {
            return new Verdict.Refused(e.reason());
        }
    }

    /** Returns the number of tokens that need no verification because they were accepted before. */
    public int cached() {
        return accepted.size();
    }

    /** Returns the number of tokens that wait for a slow verification. */
    public int waiting() {
        return signatures == null ? 0 : signatures.waiting();
    }

    private static Future<Verdict> refused(String reason) {
        return Future.succeededFuture(new Verdict.Refused(reason));
    }
}
