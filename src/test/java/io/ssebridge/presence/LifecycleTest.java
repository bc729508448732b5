package io.ssebridge.presence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.ssebridge.event.Event;
import io.ssebridge.presence.PresenceCluster.Stream;
import io.ssebridge.testing.Eventually;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.junit5.VertxExtension;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

/** Changes of presence are told at least once, and repeated only with the same id. */
@ExtendWith(VertxExtension.class)
@Timeout(60)
class LifecycleTest {
    private static final String ROOM = "rooms.1";
    // More than the grace and the delay of reports.
    private static final Duration OVER = PresenceCluster.GRACE.plusSeconds(1);
    private static final Duration WITHIN = PresenceCluster.GRACE.minusSeconds(1);
    private static final String CHANNELS = """
            channels:
              - {channel: "rooms.{room}.presence", presenceOf: "rooms.{room}"}
              - {channel: "rooms.{room}", presence: members}
              - {channel: "quiet.{name}", lifecycle: false}
              - {channel: "{kind}.{name}"}
            """;

    private PresenceCluster cluster;

    @BeforeEach
    void open(Vertx vertx) {
        cluster = new PresenceCluster(vertx, CHANNELS, "a", "b", "c");
    }

    /** Waits until everything before is told: the arrival of another channel is told after it. */
    private void settle(String marker) {
        cluster.ids().forEach(node -> cluster.anonymous(node, "marker." + marker + node));
        cluster.ids().forEach(node -> cluster.awaitTold("channel-active marker." + marker + node));
    }

    private List<String> toldOf(String suffix) {
        return cluster.told().stream()
                .filter(each -> each.endsWith(" " + suffix))
                .toList();
    }

    @Test
    void theFirstSubscriberInTheCluster_isTold_andTheLastOneAfterTheGrace() {
        Stream one = cluster.anonymous("a", "news.x");
        cluster.awaitTold("channel-active news.x");
        Stream two = cluster.anonymous("b", "news.x");
        cluster.close(one);
        cluster.pass(OVER);
        settle("1");
        assertThat(toldOf("news.x")).containsExactly("channel-active news.x");

        cluster.close(two);
        settle("2");
        cluster.pass(WITHIN);
        settle("3");
        assertThat(toldOf("news.x")).containsExactly("channel-active news.x");
        cluster.pass(OVER);
        cluster.awaitTold("channel-idle news.x");

        cluster.anonymous("c", "news.x");
        cluster.awaitTold("channel-active news.x", 2);
        assertThat(cluster.lifecycle()).extracting(each -> each.getString("id")).doesNotHaveDuplicates();
    }

    @Test
    void aMember_isToldWithItsProperties_andAReconnectWithinTheGraceIsNot() {
        Stream first = cluster.open("a", ROOM, "alice", Map.of("name", "Alice"));
        cluster.awaitTold("member-joined alice");
        cluster.open("b", ROOM, "bob", Map.of());
        cluster.awaitTold("member-joined bob");
        cluster.close(first);
        settle("1");
        cluster.pass(WITHIN);
        Stream again = cluster.open("c", ROOM, "alice", Map.of("name", "Alice"));
        settle("2");
        cluster.pass(OVER);
        settle("3");
        assertThat(toldOf("alice")).containsExactly("member-joined alice");

        cluster.close(again);
        settle("4");
        cluster.pass(OVER);
        cluster.awaitTold("member-left alice");
        assertThat(toldOf(ROOM)).containsExactly("channel-active " + ROOM);
        JsonObject left = cluster.lifecycle().stream()
                .filter(each -> each.getString("type").equals("member-left"))
                .findFirst()
                .orElseThrow();
        assertThat(left.getString("channel")).isEqualTo(ROOM);
        assertThat(left.getJsonObject("properties")).isEqualTo(new JsonObject().put("name", "Alice"));
        assertThat(left.getInstant("time")).isNotNull();
    }

    @Test
    void membersOfANodeThatDies_leaveAfterTheGrace_alsoIfItWasTheLeader() {
        String leader = cluster.leader(ROOM);
        String other = cluster.otherThan(leader);
        cluster.open(leader, ROOM, "alice", Map.of());
        cluster.open(leader, ROOM, "bob", Map.of());
        cluster.open(other, ROOM, "carol", Map.of());
        cluster.awaitTold("member-joined alice");
        cluster.awaitTold("member-joined bob");
        cluster.awaitTold("member-joined carol");
        cluster.kill(leader);
        cluster.leader(ROOM);
        cluster.open(other, ROOM, "bob", Map.of());
        settle("1");
        assertThat(cluster.told()).noneMatch(each -> each.startsWith("member-left"));
        cluster.pass(OVER);
        cluster.awaitTold("member-left alice");
        settle("2");
        assertThat(toldOf("alice")).containsExactly("member-joined alice", "member-left alice");
        assertThat(toldOf("bob")).containsExactly("member-joined bob");
        assertThat(toldOf("carol")).containsExactly("member-joined carol");
    }

    @Test
    void membersOfANodeThatDies_leaveAfterTheGrace_whileTheLeaderLives() {
        String other = cluster.follower(ROOM);
        cluster.open(other, ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice");
        cluster.kill(other);
        cluster.pass(WITHIN);
        settle("1");
        assertThat(toldOf("alice")).containsExactly("member-joined alice");
        cluster.pass(OVER);
        cluster.awaitTold("member-left alice");
    }

    @Test
    void aLeaderThatDiesBeforeItHasNotedAMessage_isFollowedByTheSameId() {
        cluster.refuse(value -> value.contains("\"phase\":\"THERE\"") && value.contains("alice"));
        String leader = cluster.leader(ROOM);
        cluster.open(cluster.follower(ROOM), ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice");
        cluster.kill(leader);
        cluster.refuse(value -> false);
        cluster.leader(ROOM);
        cluster.awaitTold("member-joined alice", 2);
        settle("1");
        assertThat(idsOf("alice")).hasSize(1);
    }

    @Test
    void aDepartureThatWasBegun_isEndedByTheNextLeader_alsoIfTheMemberIsBack() {
        String leader = cluster.leader(ROOM);
        String other = cluster.otherThan(leader);
        Stream alice = cluster.open(other, ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice");
        settle("1");
        cluster.refuseRemovals(true);
        cluster.close(alice);
        settle("2");
        cluster.pass(OVER);
        cluster.awaitTold("member-left alice");
        cluster.kill(leader);
        cluster.refuseRemovals(false);
        cluster.open(other, ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice", 2);
        List<String> told = toldOf("alice");
        assertThat(told.get(0)).isEqualTo("member-joined alice");
        assertThat(told.get(told.size() - 1)).isEqualTo("member-joined alice");
        assertThat(told.subList(1, told.size() - 1)).isNotEmpty().containsOnly("member-left alice");
        assertThat(idsOf("alice")).hasSize(3);
    }

    private List<String> idsOf(String sub) {
        return cluster.lifecycle().stream()
                .filter(each -> sub.equals(each.getString("sub")))
                .map(each -> each.getString("id"))
                .distinct()
                .toList();
    }

    /** It told all members of a node that was only slow to report that they had left. */
    @Test
    void aNewLeader_tellsNoDepartureBeforeAllNodesHaveReported() {
        String leader = cluster.leader(ROOM);
        String other = cluster.otherThan(leader);
        Stream gone = cluster.open(other, ROOM, "gone", Map.of());
        cluster.awaitTold("member-joined gone");
        cluster.close(gone);
        settle("1");
        cluster.addLeavingMember("slow");
        cluster.kill(leader);
        cluster.pass(OVER);
        settleOn(other, "2");
        assertThat(cluster.told()).doesNotContain("member-left gone");
        cluster.removeMember("slow");
        cluster.awaitTold("member-left gone");
    }

    private void settleOn(String node, String marker) {
        cluster.anonymous(node, "marker." + marker + node);
        cluster.awaitTold("channel-active marker." + marker + node);
    }

    /** Its periodic work had stopped, so the next leader waited for its report for ever. */
    @Test
    void aNodeThatHasClosedButStaysInTheCluster_reportsWhenItIsAsked() {
        String leader = cluster.leader(ROOM);
        String other = cluster.otherThan(leader);
        Stream alice = cluster.open(other, ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice");
        cluster.close(alice);
        settle("1");
        String closing = cluster.ids().stream()
                .filter(id -> !id.equals(leader) && !id.equals(other))
                .findFirst()
                .orElseThrow();
        cluster.closeOnly(closing);
        cluster.kill(leader);
        cluster.leader(ROOM);
        cluster.pass(OVER);
        settle("2");
        cluster.pass(OVER);
        cluster.awaitTold("member-left alice");
    }

    @Test
    void aRuleWithoutLifecycle_tellsNothing() {
        cluster.anonymous("a", "quiet.x");
        settle("1");
        assertThat(toldOf("quiet.x")).isEmpty();
    }

    @Test
    void nothingIsLeft_whenAllAreGone() {
        Stream alice = cluster.open("a", ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice");
        cluster.awaitTold("channel-active " + ROOM);
        assertThat(cluster.toldStates()).hasSize(2);
        cluster.close(alice);
        Eventually.holds("all have left", PresenceCluster.PATIENCE, () -> {
            cluster.pass(Duration.ofSeconds(1));
            return cluster.toldStates().isEmpty();
        });
        assertThat(cluster.told()).contains("member-left alice", "channel-idle " + ROOM);
    }

    @Test
    void presenceAsAChannel_hasEachChangeOnce_andNobodyElsePublishesThere() {
        cluster.refuse(value -> value.contains("\"phase\":\"THERE\"") && value.contains("alice"));
        String leader = cluster.leader(ROOM);
        String other = cluster.otherThan(leader);
        Stream alice = cluster.open(other, ROOM, "alice", Map.of());
        cluster.awaitTold("member-joined alice");
        cluster.kill(leader);
        cluster.refuse(value -> false);
        cluster.awaitTold("member-joined alice", 2);
        cluster.close(alice);
        settle("1");
        cluster.pass(OVER);
        cluster.awaitTold("member-left alice");

        assertThat(cluster.history(other, ROOM + ".presence"))
                .extracting(event -> event.getString("event"))
                .containsExactly("member-joined", "member-left");
        JsonObject joined =
                new JsonObject(cluster.history(other, ROOM + ".presence").get(0).getString("data"));
        assertThat(joined.getString("sub")).isEqualTo("alice");
        assertThat(joined.getString("id")).isEqualTo(idsOf("alice").get(0));

        assertThatThrownBy(() -> cluster.call(
                        () -> cluster.node(other).publish(ROOM + ".presence", Event.of("member-joined", "x"), null)))
                .hasMessageContaining("only the bridge publishes there");
        assertThat(cluster.publishOnBus(ROOM + ".presence")).isEqualTo(403);
    }
}
