package io.ssebridge.access;

import static io.ssebridge.access.TokenForge.jca;
import static io.ssebridge.access.TokenForge.token;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import io.ssebridge.testing.CapturedLog;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.KeySetServer;
import io.ssebridge.testing.KeySets;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Keys change while the node runs: by a file, by a URL at its next fetch, or because a token names a new one. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class KeyRotationTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final Duration NEVER = Duration.ofHours(1);
    private static final Duration SOON = Duration.ofMillis(50);
    private static final Instant NOW = Instant.parse("2031-01-01T00:00:00Z");
    private static final KeyPair OLD = TokenForge.ec("secp256r1");
    private static final KeyPair NEW = TokenForge.rsa(2048);
    private static final JsonObject OLD_KEY = KeySets.key("old", OLD.getPublic());
    private static final JsonObject NEW_KEY = KeySets.key("new", NEW.getPublic());

    private final KeySetServer server = new KeySetServer(KeySets.of(OLD_KEY));
    private final List<TokenVerifier> opened = new ArrayList<>();
    private final Vertx vertx;

    KeyRotationTest(Vertx vertx) {
        this.vertx = vertx;
    }

    @AfterEach
    void closeServer() {
        opened.forEach(TokenVerifier::close);
        server.close();
    }

    private TokenVerifier verifier(Duration period, Duration leastPeriod) {
        return verifier(new KeySetUrl(vertx, server.url(), Duration.ofSeconds(5), period, leastPeriod));
    }

    private TokenVerifier verifier(KeySetDocument document) {
        TokenVerifier verifier =
                TokenVerifier.create(vertx, AuthFixture.keySet("https://issuer.example/"), document, () -> NOW);
        opened.add(verifier);
        verifier.start().await();
        return verifier;
    }

    private TokenVerifier started(Duration period, Duration leastPeriod) {
        TokenVerifier verifier = verifier(period, leastPeriod);
        Eventually.holds("the first keys", PATIENCE, verifier::isReady);
        return verifier;
    }

    private static String old(String subject) {
        return signed("ES256", "old", subject, jca("SHA256withECDSAinP1363Format", OLD.getPrivate()));
    }

    private static String fresh(String subject) {
        return signed("RS256", "new", subject, jca("SHA256withRSA", NEW.getPrivate()));
    }

    private static String signed(String algorithm, String id, String subject, TokenForge.Signer signer) {
        return token(
                new JsonObject().put("alg", algorithm).put("kid", id).encode(),
                new JsonObject()
                        .put("sub", subject)
                        .put("exp", NOW.plusSeconds(600).getEpochSecond())
                        .encode(),
                signer);
    }

    private static String answer(TokenVerifier verifier, String token) {
        return answer(verifier.verify(token));
    }

    private static String answer(Future<Verdict> verdict) {
        try {
            return verdict.await(20, TimeUnit.SECONDS)
                    .fold(grant -> "accepted", reason -> reason, () -> "postponed", () -> "keyless");
        } catch (TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void aKeyThatTheIssuerAdds_isTakenAtTheNextFetch_andTheOldOneStays() {
        TokenVerifier verifier = started(SOON, NEVER);
        assertThat(answer(verifier, old("a"))).isEqualTo("accepted");
        assertThat(verifier.cached()).isOne();

        server.serve(KeySets.of(OLD_KEY, NEW_KEY));

        Eventually.holds(
                "the new key", PATIENCE, () -> answer(verifier, fresh("b")).equals("accepted"));
        assertThat(answer(verifier, old("a"))).isEqualTo("accepted");
        assertThat(verifier.cached()).as("remembered in spite of the change").isEqualTo(2);
    }

    @Test
    void aKeyThatTheIssuerRemoves_isRefused_evenForTokensThatWereAcceptedBefore() {
        TokenVerifier verifier = started(SOON, NEVER);
        String token = old("a");
        assertThat(answer(verifier, token)).isEqualTo("accepted");

        server.serve(KeySets.of(NEW_KEY));

        Eventually.holds(
                "the end of the old key",
                PATIENCE,
                () -> answer(verifier, token).equals("its key is unknown"));
        assertThat(answer(verifier, fresh("b"))).isEqualTo("accepted");
    }

    @Test
    void aTokenOfAnUnknownKey_makesTheNodeFetch_andWaitsForTheAnswer() {
        TokenVerifier verifier = started(NEVER, SOON);
        server.serve(KeySets.of(NEW_KEY));

        Eventually.holds(
                "the end of the rest",
                PATIENCE,
                () -> answer(verifier, fresh("a")).equals("accepted"));
    }

    @Test
    void manyTokensOfANewKeyAtOnce_areAllAcceptedAfterOneFetch() {
        TokenVerifier verifier = started(NEVER, Duration.ofMillis(1));
        CountDownLatch open = new CountDownLatch(1);
        int before = server.requests();
        String next = KeySets.of(NEW_KEY);
        server.answer(exchange -> {
            awaitOpen(open);
            KeySetServer.status(200, next).to(exchange);
        });
        // Signed before the fetch, which waits only for some seconds.
        List<String> tokens =
                IntStream.range(0, 500).mapToObj(i -> fresh("u" + i)).toList();
        List<Future<Verdict>> verdicts = new ArrayList<>();
        Eventually.holds("the fetch", PATIENCE, () -> {
            Future<Verdict> first = verifier.verify(fresh("first"));
            verdicts.clear();
            verdicts.add(first);
            return !first.isComplete();
        });
        tokens.forEach(token -> verdicts.add(verifier.verify(token)));
        Eventually.see("all tokens that wait", PATIENCE, verifier::waiting, count -> count == 501);
        assertThat(answer(verifier, old("known")))
                .as("a known key needs no fetch")
                .isEqualTo("accepted");
        open.countDown();

        assertThat(verdicts).extracting(KeyRotationTest::answer).containsOnly("accepted");
        assertThat(server.requests()).isEqualTo(before + 1);
        assertThat(verifier.waiting()).isZero();
    }

    private static void awaitOpen(CountDownLatch open) throws IOException {
        try {
            assertThat(open.await(20, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
    }

    @Test
    void inventedKeys_costOneFetchInAnInterval_forAllClientsTogether() {
        TokenVerifier verifier = started(NEVER, NEVER);
        assertThat(server.requests()).isOne();

        for (int i = 0; i < 1_000; i++) {
            TokenForge.Signer garbage = input -> new byte[64];
            assertThat(answer(
                            verifier.verify(signed("ES256", "k" + i, "a", garbage), "10.0.0." + i % 100, () -> false)))
                    .isEqualTo("its key is unknown");
        }
        assertThat(server.requests()).isOne();
    }

    @Test
    void inventedKeys_costOneFetchInAShortIntervalToo() {
        Duration interval = Duration.ofMillis(200);
        long begun = System.nanoTime();
        TokenVerifier verifier = started(NEVER, interval);
        TokenForge.Signer garbage = input -> new byte[64];

        Eventually.holds("some fetches", PATIENCE, () -> {
            assertThat(answer(verifier, signed("ES256", "x", "a", garbage))).isEqualTo("its key is unknown");
            return server.requests() >= 4;
        });

        assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(interval.multipliedBy(3));
    }

    @Test
    void aTokenThatIsBadAnyway_causesNoFetch() {
        TokenVerifier verifier = started(NEVER, Duration.ofMillis(1));
        TokenForge.Signer garbage = input -> new byte[64];
        JsonObject expired = new JsonObject().put("sub", "a").put("exp", NOW.getEpochSecond() - 60);

        assertThat(answer(verifier, token("{\"alg\":\"ES256\",\"kid\":\"x\"}", expired.encode(), garbage)))
                .isEqualTo("expired");
        assertThat(answer(verifier, signed("HS256", "x", "a", garbage))).isEqualTo("algorithm not allowed");
        assertThat(answer(verifier, signed("none", "x", "a", garbage))).isEqualTo("algorithm not allowed");
        assertThat(answer(verifier, signed("ES256", "x", "a", input -> new byte[65])))
                .isEqualTo("signature");
        assertThat(answer(verifier, signed("ES256", "old", "a", garbage))).isEqualTo("signature");
        assertThat(server.requests()).isOne();
    }

    @Test
    void aSetThatIsEmptyBrokenOrUnreachable_leavesTheKeys_andTheLogSaysSoOnce() {
        try (CapturedLog log = new CapturedLog(KeyRotation.class.getName(), Level.INFO)) {
            TokenVerifier verifier = started(SOON, SOON);
            List<KeySetServer.Answer> failures = List.of(
                    KeySetServer.status(200, "{\"keys\":[]}"),
                    KeySetServer.status(200, "not a key set"),
                    KeySetServer.status(
                            200, KeySets.of(new JsonObject().put("kty", "oct").put("k", "AAAA"))),
                    KeySetServer.status(503, ""));
            for (KeySetServer.Answer failure : failures) {
                int before = server.requests();
                server.answer(failure);
                Eventually.holds("two more fetches", PATIENCE, () -> server.requests() >= before + 3);
                assertThat(answer(verifier, old("a" + before))).isEqualTo("accepted");
                assertThat(verifier.isKeySetFailing()).isTrue();
                assertThat(verifier.isReady()).isTrue();
            }
            assertThat(warnings(log))
                    .singleElement()
                    .asString()
                    .contains(server.url(), "it has no usable key", "The keys before it stay valid");

            server.serve(KeySets.of(NEW_KEY));
            Eventually.holds(
                    "the new key", PATIENCE, () -> answer(verifier, fresh("b")).equals("accepted"));
            assertThat(verifier.isKeySetFailing()).isFalse();
            assertThat(log.lines()).anyMatch(line -> line.endsWith("can be read again"));

            int before = server.requests();
            server.answer(KeySetServer.status(500, ""));
            Eventually.holds("two more fetches", PATIENCE, () -> server.requests() >= before + 3);
            assertThat(warnings(log)).as("told once more after the recovery").hasSize(2);
        }
    }

    @Test
    void aServerThatIsGone_leavesTheKeys() {
        TokenVerifier verifier = started(SOON, SOON);
        server.close();

        Eventually.holds("a failed fetch", PATIENCE, verifier::isKeySetFailing);
        assertThat(answer(verifier, old("a"))).isEqualTo("accepted");
    }

    private static List<String> warnings(CapturedLog log) {
        return log.lines().stream().filter(line -> line.startsWith("WARN")).toList();
    }

    @Test
    void beforeTheFirstKeys_tokensAreNeitherAcceptedNorRefused_andTheNodeIsNotReady() {
        server.answer(KeySetServer.status(503, ""));
        TokenVerifier verifier = verifier(NEVER, SOON);

        assertThat(answer(verifier, old("a"))).isEqualTo("keyless");
        assertThat(verifier.isReady()).isFalse();

        server.serve(KeySets.of(OLD_KEY));
        Eventually.holds("the first keys", PATIENCE, verifier::isReady);
        assertThat(answer(verifier, old("a"))).isEqualTo("accepted");
    }

    @Test
    void afterItsEnd_theSetIsFetchedNoMore() {
        TokenVerifier verifier = started(SOON, SOON);
        verifier.close();
        server.answer(KeySetServer.status(503, ""));

        try (KeySetServer other = new KeySetServer(KeySets.of(OLD_KEY))) {
            int before = server.requests();
            TokenVerifier another = verifier(new KeySetUrl(vertx, other.url(), Duration.ofSeconds(5), SOON, SOON));
            Eventually.holds("as many fetches of another", PATIENCE, () -> other.requests() > 5);
            assertThat(another.isReady()).isTrue();
            // One may have been in flight.
            assertThat(server.requests()).isLessThanOrEqualTo(before + 1);
        }
    }

    @Test
    void aFile_isReadAgainWhenItHasChanged(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("keys.json"), KeySets.of(OLD_KEY));
        TokenVerifier verifier = verifier(new KeySetFile(vertx, file, SOON, SOON));
        Eventually.holds("the first keys", PATIENCE, verifier::isReady);
        assertThat(answer(verifier, old("a"))).isEqualTo("accepted");

        Files.writeString(file, "{\"keys\":[");
        Eventually.holds("a failed reading", PATIENCE, verifier::isKeySetFailing);
        assertThat(answer(verifier, old("b"))).isEqualTo("accepted");
        Files.delete(file);
        assertThat(answer(verifier, old("c"))).isEqualTo("accepted");

        Path next = Files.writeString(directory.resolve("next.json"), KeySets.of(NEW_KEY));
        Files.move(next, file);
        Eventually.holds(
                "the new key", PATIENCE, () -> answer(verifier, fresh("d")).equals("accepted"));
        assertThat(answer(verifier, old("e"))).isEqualTo("its key is unknown");
    }

    @Test
    void aFileThatHasNoKeysAtTheStart_failsTheStart(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("keys.json"), KeySets.of(OLD_KEY));
        AuthOptions options = AuthFixture.keySet(file.toString());
        Files.writeString(file, "{\"keys\":[]}");
        TokenVerifier verifier = TokenVerifier.create(vertx, options, () -> NOW);
        opened.add(verifier);

        assertThatThrownBy(() -> verifier.start().await(10, TimeUnit.SECONDS))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("auth.jwt.jwks: keys of " + file + ": it has no usable key");
    }

    @Test
    void aTokenWithoutAKeyId_isCheckedWithTheKeysOfItsAlgorithm_upToFour() {
        TokenForge.Signer signer = jca("SHA256withECDSAinP1363Format", OLD.getPrivate());
        String token = token(
                "ES256",
                new JsonObject().put("sub", "a").put("exp", NOW.plusSeconds(60).getEpochSecond()),
                signer);
        List<JsonObject> keys = new ArrayList<>(List.of(OLD_KEY, NEW_KEY));
        for (int i = 0; i < 3; i++) {
            keys.add(KeySets.key("k" + i, TokenForge.ec("secp256r1").getPublic()));
        }
        server.serve(KeySets.of(keys.toArray(JsonObject[]::new)));
        assertThat(answer(started(NEVER, NEVER), token)).isEqualTo("accepted");

        keys.add(KeySets.key("k3", TokenForge.ec("secp256r1").getPublic()));
        server.serve(KeySets.of(keys.toArray(JsonObject[]::new)));
        assertThat(answer(started(NEVER, NEVER), token))
                .isEqualTo("its header names no key that is the only one (expected: kid)");
    }

    @Test
    void tokensThatWaitForAKey_takeALimitedNumberOfBytes() {
        KeyIdWaiters waiters = new KeyIdWaiters(vertx, 3_000);
        Promise<Void> reading = Promise.promise();
        String token = "x".repeat(500);
        Verdict refused = new Verdict.Refused("x");
        List<Future<Verdict>> waiting = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            waiting.add(waiters.await(token, reading.future(), () -> Future.succeededFuture(refused))
                    .orElseThrow());
        }
        assertThat(waiters.await(token, reading.future(), () -> Future.succeededFuture(refused)))
                .isEmpty();
        assertThat(waiters.size()).isEqualTo(2);

        reading.complete();
        assertThat(waiting).extracting(KeyRotationTest::answer).containsOnly("x");
        assertThat(waiters.size()).isZero();
        assertThat(waiters.await(token, reading.future(), () -> Future.succeededFuture(refused)))
                .isPresent();
    }
}
