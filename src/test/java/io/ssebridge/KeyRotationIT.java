package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.testing.EventStreamReader;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.KeySetServer;
import io.ssebridge.testing.KeySets;
import io.ssebridge.testing.MarkdownPage;
import io.ssebridge.testing.NodeSetup;
import io.ssebridge.testing.TestNode;
import io.ssebridge.testing.Tokens;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.security.KeyPair;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The example of {@code src/docs/keys.md}: an issuer rotates its key, and a running node follows. */
@Timeout(120)
class KeyRotationIT {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final KeyPair OLD = Tokens.keysOfEs256();
    private static final KeyPair NEW = Tokens.keysOfEs256();

    private static String token(String subject, KeyPair keys, String keyId) {
        JsonObject claims = new JsonObject()
                .put("sub", subject)
                .put("iss", "https://login.example")
                .put("aud", "sse-bridge")
                .put("exp", Instant.now().plusSeconds(600).getEpochSecond());
        return Tokens.sign(claims, keys.getPrivate(), keyId);
    }

    private static int publish(TestNode node, String token) {
        return node.post("/publish/news", "{\"data\":\"x\"}", "Authorization", "Bearer " + token)
                .statusCode();
    }

    @Test
    void aKeyIsRotated_withoutARestart_andNoStreamIsInterrupted() throws IOException {
        JsonObject old = KeySets.key("2026-11", OLD.getPublic());
        JsonObject fresh = KeySets.key("2026-12", NEW.getPublic());
        String alice = token("alice", OLD, "2026-11");
        String bob = token("bob", NEW, "2026-12");
        String thief = token("thief", Tokens.keysOfEs256(), "2026-12");
        try (KeySetServer issuer = new KeySetServer(KeySets.of(old))) {
            String yaml = MarkdownPage.of("src/docs/keys.md").example("yaml");
            assertThat(yaml).contains("https://login.example/keys");
            try (TestNode node = TestNode.standalone(
                            NodeSetup.of(yaml.replace("https://login.example/keys", issuer.url())));
                    EventStreamReader stream = node.stream("/stream/news", alice)) {
                stream.await("stream-open");
                assertThat(publish(node, alice)).isEqualTo(201);
                assertThat(publish(node, bob)).isEqualTo(401);

                // 1. and 2.: the new key is in the set, and tokens are signed with it.
                issuer.serve(KeySets.of(old, fresh));
                Eventually.see("the new key", PATIENCE, () -> publish(node, bob), status -> status == 201);
                assertThat(publish(node, alice)).isEqualTo(201);
                assertThat(publish(node, thief)).isEqualTo(401);

                // 3.: the old key is no longer in the set.
                issuer.serve(KeySets.of(fresh));
                // The node reads the set again for a token with an unknown key, and else after minutes.
                String unknown = token("carol", NEW, "2027-01");
                Eventually.holds(
                        "the end of the old key",
                        PATIENCE,
                        () -> publish(node, unknown) == 401 && publish(node, alice) == 401);
                assertThat(publish(node, bob)).isEqualTo(201);
                stream.await("message");
                assertThat(node.process().isAlive()).isTrue();

                List<String> output = node.process().output();
                for (String token : List.of(alice, bob, thief, unknown)) {
                    assertThat(output).noneMatch(line -> line.contains(token.split("\\.", -1)[1]));
                }
            }
        }
    }
}
