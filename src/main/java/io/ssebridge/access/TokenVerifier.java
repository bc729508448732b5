package io.ssebridge.access;

import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Turns tokens into grants. A token must be a JWT that is signed with one of the keys, is valid now, and lists its rights
 * in the documented form. One fault refuses the whole token.
 *
 * <p>The signature is checked here and not by Vert.x, which would decode each token once more, cannot change its keys, and
 * would accept other spellings of a token.
 *
 * <p>All event loops share it. The keys and the {@link AcceptedTokens} that were checked with them are replaced together,
 * as one reference. The cache and the {@link SignatureQueue} have locks of their own. A future that is not complete at
 * once completes on the caller's context.
 */
public final class TokenVerifier {
    private static final int MAX_LENGTH = 8 * 1024;
    private static final Verdict POSTPONED = new Verdict.Postponed();
    private static final Verdict KEYLESS = new Verdict.Keyless();

    private final AuthOptions options;
    private final Claims claims;
    private final InstantSource clock;
    private final SignatureQueue queue;
    private final KeyIdWaiters waiters;
    private final Optional<KeyRotation> rotation;
    private volatile @Nullable Trust trust;

    /** Some keys, and the tokens that were accepted with them. */
    private record Trust(KeyRing keys, AcceptedTokens accepted) {}

    private TokenVerifier(Vertx vertx, AuthOptions options, Optional<KeySetDocument> document, InstantSource clock) {
        this.options = options;
        this.claims = new Claims(options);
        this.clock = clock;
        // Room for 10,000 clients of one address that return at once after a restart.
        this.queue = new SignatureQueue(vertx, 2 * HeapShare.bytes());
        this.waiters = new KeyIdWaiters(vertx, HeapShare.bytes());
        KeyRing.ofConfigured(options).ifPresent(this::trust);
        this.rotation = document.map(set -> new KeyRotation(vertx, set, options.algorithms(), this::trust));
    }

    private static Optional<KeySetDocument> document(Vertx vertx, AuthOptions options) {
        if (!(options.keys() instanceof KeySource.KeySet set)) {
            return Optional.empty();
        }
        return Optional.of(
                KeySetLocation.isUrl(set.location())
                        ? new KeySetUrl(vertx, set.location())
                        : new KeySetFile(vertx, Path.of(set.location())));
    }

    /**
     * Creates a verifier that uses the machine's clock.
     *
     * @param vertx provides worker threads for slow algorithms
     * @param options the keys and the other requirements for tokens; without a key every token is refused
     * @throws IllegalArgumentException if a key is unusable; the message is one line and shows nothing of the key
     */
    public static TokenVerifier create(Vertx vertx, AuthOptions options) {
        return create(vertx, options, InstantSource.system());
    }

    /**
     * Creates a verifier. If its keys are in a set, it has none before {@link #start}.
     *
     * @param vertx provides worker threads for slow algorithms
     * @param options the keys and the other requirements for tokens; without a key every token is refused
     * @param clock tells the time
     * @throws IllegalArgumentException if a key is unusable; the message is one line and shows nothing of the key
     */
    public static TokenVerifier create(Vertx vertx, AuthOptions options, InstantSource clock) {
        return new TokenVerifier(vertx, options, document(vertx, options), clock);
    }

    /** Creates a verifier with another way to read its key set. */
    static TokenVerifier create(Vertx vertx, AuthOptions options, KeySetDocument document, InstantSource clock) {
        return new TokenVerifier(vertx, options, Optional.of(document), clock);
    }

    /**
     * Begins to read the key set, if there is one.
     *
     * @return completes when tokens can be checked, or at once if the set is at a URL: then a node can start while the
     *     issuer is unreachable, and is not ready until it has the keys. Fails with an {@link IllegalArgumentException} if
     *     a file has no usable keys
     */
    public Future<Void> start() {
        Future<Void> started = startWithKeys();
        return options.keys() instanceof KeySource.KeySet set && KeySetLocation.isUrl(set.location())
                ? Future.succeededFuture()
                : started;
    }

    /**
     * Begins to read the key set, if there is one.
     *
     * @return completes when tokens can be checked; fails with an {@link IllegalArgumentException} if the set cannot be read or
     *     has no usable keys
     */
    public Future<Void> startWithKeys() {
        return rotation.map(KeyRotation::refresh)
                .orElseGet(Future::succeededFuture)
                .compose(done -> isReady() ? Future.succeededFuture() : Future.failedFuture(unusable()));
    }

    private IllegalArgumentException unusable() {
        return new IllegalArgumentException("auth.jwt.jwks: %s: %s"
                .formatted(
                        options.keys(), rotation.flatMap(KeyRotation::failure).orElse("no keys")));
    }

    /** Tells whether the node has the keys that it needs: all that are configured, or the first ones of a set. */
    public boolean isReady() {
        return rotation.isEmpty() || trust != null;
    }

    /** Tells whether the last reading of the key set failed. */
    public boolean isKeySetFailing() {
        return rotation.flatMap(KeyRotation::failure).isPresent();
    }

    /** Ends the readings of a key set. */
    public void close() {
        rotation.ifPresent(KeyRotation::close);
    }

    // At one time one thread only calls it: the constructor, then the owner of the rotation.
    private void trust(KeyRing keys) {
        Trust before = trust;
        // Tokens of a key that is gone must not be accepted from the cache.
        AcceptedTokens accepted = before != null && !before.keys.hasMoreThan(keys)
                ? before.accepted
                : new AcceptedTokens(HeapShare.bytes());
        trust = new Trust(keys, accepted);
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
        if (token.length() > MAX_LENGTH) {
            return refused("too long (expected: at most %d bytes)".formatted(MAX_LENGTH));
        }
        Trust now = trust;
        if (now == null) {
            return rotation.isPresent() ? Future.succeededFuture(KEYLESS) : refused("this node has no key");
        }
        Grant known = now.accepted.find(token, expired());
        if (known != null) {
            return Future.succeededFuture(new Verdict.Accepted(known));
        }
        return verify(token, now, client, gone);
    }

    /** Returns the time limit: a token that expires at this time or earlier is no longer valid. */
    private Instant expired() {
        return clock.instant().minus(options.leeway());
    }

    // Cheap checks come first. An expired token, which thousands of browsers may send at once, and a token of another
    // service then cost no cryptography. These checks read unverified claims, but only to refuse.
    private Future<Verdict> verify(String token, Trust now, String client, BooleanSupplier gone) {
        try {
            Jwt jwt = Jwt.parse(token);
            JwsAlgorithm algorithm =
                    jwt.algorithm().filter(this::isAllowed).orElseThrow(() -> new Refusal("algorithm not allowed"));
            if (!algorithm.fits(jwt.signature().length)) {
                throw new Refusal("signature");
            }
            TokenLifetime lifetime = TokenLifetime.of(jwt.claims());
            lifetime.check(clock.instant(), options.leeway());
            claims.checkAddressee(jwt.claims());
            Checked checked = new Checked(jwt, algorithm, lifetime, client, gone);
            List<VerificationKey> keys = now.keys.find(algorithm, jwt.keyId());
            return keys.isEmpty() ? withNewKeys(checked) : withKeys(checked, keys, now);
        } catch (Refusal e) {
            return refused(e.reason());
        }
    }

    /** A token that has passed all checks but that of its signature. */
    private record Checked(
            Jwt jwt, JwsAlgorithm algorithm, TokenLifetime lifetime, String client, BooleanSupplier gone) {}

    private boolean isAllowed(JwsAlgorithm algorithm) {
        return options.algorithms().isEmpty()
                ? JwsAlgorithm.PUBLIC.contains(algorithm)
                : options.algorithms().contains(algorithm.text());
    }

    /** Waits for the keys that the issuer has now, unless they have just been read. */
    private Future<Verdict> withNewKeys(Checked checked) {
        Future<Void> reading = rotation.map(KeyRotation::refresh).orElseGet(Future::succeededFuture);
        if (reading.isComplete()) {
            return refused("its key is unknown");
        }
        return waiters.await(checked.jwt.token(), reading, () -> againWithNewKeys(checked))
                .orElseGet(() -> Future.succeededFuture(POSTPONED));
    }

    private Future<Verdict> againWithNewKeys(Checked checked) {
        Trust now = trust;
        try {
            List<VerificationKey> keys =
                    now == null ? List.of() : now.keys.find(checked.algorithm, checked.jwt.keyId());
            return now == null || keys.isEmpty() ? refused("its key is unknown") : withKeys(checked, keys, now);
        } catch (Refusal e) {
            return refused(e.reason());
        }
    }

    private Future<Verdict> withKeys(Checked checked, List<VerificationKey> keys, Trust now) {
        Future<Optional<Boolean>> signed = checked.algorithm.isSlow()
                ? queue.check(checked.jwt.token(), checked.client, checked.gone, () -> isSigned(checked, keys))
                : Future.succeededFuture(Optional.of(isSigned(checked, keys)));
        return signed.map(known -> known.map(holds -> holds ? accept(checked, now) : new Verdict.Refused("signature"))
                .orElse(POSTPONED));
    }

    private static boolean isSigned(Checked checked, List<VerificationKey> keys) {
        byte[] signed = checked.jwt.signed();
        byte[] signature = checked.jwt.signature();
        return keys.stream().anyMatch(key -> key.verify(checked.algorithm, signed, signature));
    }

    private Verdict accept(Checked checked, Trust now) {
        try {
            Grant grant = claims.grant(checked.jwt.claims(), checked.lifetime.expires());
            now.accepted.add(checked.jwt.token(), grant, expired());
            return new Verdict.Accepted(grant);
        } catch (Refusal e) {
            return new Verdict.Refused(e.reason());
        }
    }

    /** Returns the number of tokens that need no verification because they were accepted before. */
    public int cached() {
        Trust now = trust;
        return now == null ? 0 : now.accepted.size();
    }

    /** Returns the number of tokens that wait for a slow verification, or for the key that they name. */
    public int waiting() {
        return queue.size() + waiters.size();
    }

    private static Future<Verdict> refused(String reason) {
        return Future.succeededFuture(new Verdict.Refused(reason));
    }
}
