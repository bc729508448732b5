package io.ssebridge.access;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GrantTest {
    private static final ChannelName NEWS = new ChannelName("news");

    private static Grant grant(String subject, String subscribe, String publish, String admin) {
        return new Grant(
                subject,
                List.of(ChannelPattern.of(subscribe)),
                List.of(ChannelPattern.of(publish)),
                List.of(ChannelPattern.of(admin)),
                Map.of(),
                Instant.EPOCH);
    }

    @Test
    void oneRight_isNotAnother() {
        assertThat(grant("alice", "news", "x", "x").maySubscribe(NEWS)).isTrue();
        assertThat(grant("alice", "x", "news", "news").maySubscribe(NEWS)).isFalse();
        assertThat(grant("alice", "x", "news", "x").mayPublish(NEWS)).isTrue();
        assertThat(grant("alice", "news", "x", "news").mayPublish(NEWS)).isFalse();
        assertThat(grant("alice", "x", "x", "news").mayAdminister(NEWS)).isTrue();
        assertThat(grant("alice", "news", "news", "x").mayAdminister(NEWS)).isFalse();
    }

    @Test
    void thePatternsSubject_isTheTokens() {
        Grant alice = grant("alice", "users.{sub}.**", "x", "x");

        assertThat(alice.maySubscribe(new ChannelName("users.alice.inbox"))).isTrue();
        assertThat(alice.maySubscribe(new ChannelName("users.bob.inbox"))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a.b", "*", "**", "{sub}", "a}", "a\nb", "\u0000", "\ud800"})
    void aSubjectThatIsNotASegment_ownsNothing(String subject) {
        Grant grant = grant(subject, "users.{sub}", "x", "x");

        assertThat(grant.canOwn()).isFalse();
        assertThat(grant.maySubscribe(new ChannelName("users.a"))).isFalse();
        assertThat(grant.maySubscribe(new ChannelName("users.a.b"))).isFalse();
    }

    @Test
    void thePatternsOfAnAdministrator_haveItsSubjectInThem() {
        assertThat(Grant.of("alice").withAdmin("team.*", "users.{sub}.**").administered())
                .extracting(ChannelPattern::toString)
                .containsExactly("team.*", "users.alice.**");
        assertThat(Grant.of("a.b").withAdmin("team.*", "users.{sub}.**").administered())
                .extracting(ChannelPattern::toString)
                .containsExactly("team.*");
    }

    @Test
    void aVariableOfItsOwn_isRefusedEverywhere() {
        assertThatIllegalArgumentException().isThrownBy(() -> Grant.pattern("users.{name}"));
        assertThatIllegalArgumentException().isThrownBy(() -> grant("alice", "users.{name}", "x", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> grant("alice", "x", "users.{name}", "x"));
        assertThatIllegalArgumentException().isThrownBy(() -> grant("alice", "x", "x", "{sub}.{name}"));
    }

    @Test
    void theProperties_areACopyThatNobodyChanges() {
        JsonObject source = new JsonObject()
                .put("team", new JsonObject().put("name", "blue"))
                .put("tags", new JsonArray(new ArrayList<>(List.of("a"))).addNull());
        Grant grant = new Grant("alice", List.of(), List.of(), List.of(), source.getMap(), Instant.EPOCH);

        source.getJsonObject("team").put("name", "red");
        source.getJsonArray("tags").add("b");

        JsonObject kept = new JsonObject(grant.properties());
        assertThat(kept.encode()).isEqualTo("{\"team\":{\"name\":\"blue\"},\"tags\":[\"a\",null]}");
        assertThatExceptionOfType(UnsupportedOperationException.class).isThrownBy(() -> kept.put("role", "admin"));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> kept.getJsonObject("team").put("name", "red"));
        assertThatExceptionOfType(UnsupportedOperationException.class)
                .isThrownBy(() -> kept.getJsonArray("tags").add("b"));
    }
}
