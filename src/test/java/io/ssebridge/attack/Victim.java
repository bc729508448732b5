package io.ssebridge.attack;

import io.ssebridge.testing.TestNode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.time.Instant;
import java.util.List;

/**
 * A node, and the issuer of the tokens that it accepts.
 *
 * @param node the process
 * @param signer signs for this node
 * @param grant a valid token of a hostile subject that may publish on all channels except those of the honest clients
 */
record Victim(TestNode node, Signer signer, String grant) {
    Victim(TestNode node, Signer signer) {
        this(node, signer, signer.sign(claims("mallory", "hostile.*", "big.*", "sse.*", "__vertx.*")));
    }

    /** The header for the hostile grant. */
    String bearer() {
        return "Authorization: Bearer " + grant;
    }

    /** The authority that a request to the node names. */
    String authority() {
        return uri().getAuthority();
    }

    /** The root of the node. */
    URI uri() {
        return node.uri("/");
    }

    /**
     * A good token.
     *
     * @param subject the subject of the token
     * @param publish patterns of channels to write
     */
    String token(String subject, String... publish) {
        return signer.sign(claims(subject, publish));
    }

    /**
     * The claims of a good token.
     *
     * @param subject the subject of the token
     * @param publish patterns of channels to write
     */
    static JsonObject claims(String subject, String... publish) {
        return new JsonObject()
                .put("sub", subject)
                .put("exp", Instant.now().plusSeconds(3_600).getEpochSecond())
                .put("channels", new JsonObject().put("publish", new JsonArray(List.of(publish))));
    }
}
