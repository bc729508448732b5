package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns tokens into grants: JWTs, signed with the configured key, current, and saying what they allow in the form that is
 * documented. Whatever is wrong with one refuses it whole.
 *
 * <p>Shared by all event loops: immutable but for the {@link AcceptedTokens} and the {@link SignatureQueue}, which guard
 * themselves. A future that is not
 * complete at once completes on the caller's context.
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
     * Makes a verifier by the machine's clock.
     *
     * @param vertx where the slow algorithms find worker threads
     * @param options the key and what else a token must fulfil; without a key every token is refused
     * @throws IllegalArgumentException if the key is unusable; the message is one line and shows nothing of it
     */
    public static TokenVerifier create(Vertx vertx, AuthOptions options) {
        return create(vertx, options, InstantSource.system());
    }

    /**
     * Makes a verifier.
     *
     * @param vertx where the slow algorithms find worker threads
     * @param options the key and what else a token must fulfil; without a key every token is refused
     * @param clock tells the time
     * @throws IllegalArgumentException if the key is unusable; the message is one line and shows nothing of it
     */
    public static TokenVerifier create(Vertx vertx, AuthOptions options, InstantSource clock) {
        return new TokenVerifier(Signatures.load(vertx, options).orElse(null), options, clock);
    }

    /**
     * Verifies a token of this very node.
     *
     * @param token the token
     */
    public Future<Verdict> verify(String token) {
        return verify(token, "", () -> false);
    }

    /**
     * Verifies a token. The future fails only for a bug: what is wrong with a token is a {@link Verdict}.
     *
     * @param token the token as it came, without {@code Bearer}
     * @param client who brings it: where signatures take long, clients take turns
     * @param gone tells, on any thread, whether nobody waits for the verdict any more
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

    /** What expires then or before is no longer good. */
    private Instant expired() {
        return clock.instant().minus(options.leeway());
    }

    // Cheap checks come first: an expired token, which thousands of browsers may bring back at once, and a token of
    // another
    // service cost no cryptography. They look at claims that nobody may have signed, but only to refuse.
    private Future<Verdict> verify(String token, Signatures signatures, String client, BooleanSupplier gone) {
        try {
            Jwt jwt = Jwt.parse(token);
            signatures.check(jwt);
            Lifetime lifetime = Lifetime.of(jwt.claims());
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

    private Verdict accept(String token, Jwt jwt, Lifetime lifetime) {
        try {
            Grant grant = claims.grant(jwt.claims(), lifetime.expires());
            accepted.add(token, grant, expired());
            return new Verdict.Accepted(grant);
        } catch (Refusal e) {
            return new Verdict.Refused(e.reason());
        }
    }

    /** How many tokens need no verification, since they were accepted before. */
    public int cached() {
        return accepted.size();
    }

    /** How many tokens wait for a verification that takes long. */
    public int waiting() {
        return signatures == null ? 0 : signatures.waiting();
    }

    private static Future<Verdict> refused(String reason) {
        return Future.succeededFuture(new Verdict.Refused(reason));
    }
}
