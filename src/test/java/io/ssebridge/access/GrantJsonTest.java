package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class GrantJsonTest {
    @Test
    void aGrant_arrivesAtAnotherNodeAsItWas() {
        Grant grant = new Grant(
                "alice",
                List.of(ChannelPattern.of("users.{sub}.**")),
                List.of(ChannelPattern.of("jobs.*")),
                List.of(ChannelPattern.of("**")),
                new JsonObject()
                        .put("role", "editor")
                        .put("teams", new JsonArray().add("a").add(new JsonObject().put("b", 1)))
                        .getMap(),
                Instant.parse("2026-11-20T12:00:00Z"));

        assertThat(GrantJson.decode(new JsonObject(GrantJson.encode(grant).encode())))
                .isEqualTo(grant);
        Grant unlimited = Grant.of("bob");
        assertThat(GrantJson.decode(GrantJson.encode(unlimited).copy()).expires())
                .isAfter(Instant.parse("9999-01-01T00:00:00Z"));
    }

    @Test
    void somethingElse_isRefused() {
        assertThatThrownBy(() -> GrantJson.decode(new JsonObject().put("sub", 1)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("grant: ");
    }
}
