package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/**
 * Turns tokens into grants: JWTs, signed with the configured key, current, and saying what they allow in the form that is
 * documented. Whatever is wrong with one refuses it whole.
 *
 * <p>Shared by all event loops: immutable but for the {@link AcceptedTokens}, which guard themselves. A future that is not
 * complete at once completes on the caller's context.
 */
public final class TokenVerifier {
    private static final int MAX_LENGTH = 8 * 1024;
    private static final int REMEMBERED = 10_000;

    private final @Nullable Signatures signatures;
    private final AuthOptions options;
    private final Claims claims;
    private final InstantSource clock;
    private final AcceptedTokens accepted = new AcceptedTokens(REMEMBERED);

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
     * Verifies a token. The future fails only for a bug: what is wrong with a token is a {@link Verdict}.
     *
     * @param token the token as it came, without {@code Bearer}
     */
    public Future<Verdict> verify(String token) {
        if (signatures == null) {
            return refused("this node has no key");
        }
        if (token.length() > MAX_LENGTH) {
            return refused("too long (expected: at most %d bytes)".formatted(MAX_LENGTH));
        }
        Grant known = accepted.find(token);
        if (known != null && Lifetime.isCurrent(known.expires(), clock.instant(), options.leeway())) {
            return Future.succeededFuture(new Verdict.Accepted(known));
        }
        return verify(token, signatures);
    }

    // Cheap checks come first: an expired token, which thousands of browsers may bring back at once, costs no
    // cryptography.
    private Future<Verdict> verify(String token, Signatures signatures) {
        try {
            Jwt jwt = Jwt.parse(token);
            if (!signatures.allows(jwt.algorithm())) {
                throw new Refusal("algorithm not allowed");
            }
            Lifetime lifetime = Lifetime.of(jwt.claims());
            lifetime.check(clock.instant(), options.leeway());
            return signatures
                    .hold(token, jwt.algorithm())
                    .map(signed -> signed ? accept(token, jwt, lifetime) : new Verdict.Refused("signature"));
        } catch (Refusal e) {
            return refused(e.reason());
        }
    }

    private Verdict accept(String token, Jwt jwt, Lifetime lifetime) {
        try {
            Grant grant = claims.grant(jwt.claims(), lifetime.expires());
            accepted.add(token, grant);
            return new Verdict.Accepted(grant);
        } catch (Refusal e) {
            return new Verdict.Refused(e.reason());
        }
    }

    private static Future<Verdict> refused(String reason) {
        return Future.succeededFuture(new Verdict.Refused(reason));
    }
}
