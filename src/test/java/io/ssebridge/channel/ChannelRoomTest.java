package io.ssebridge.channel;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChannelRoomTest {
    private static ChannelRoom room(int limit, ChannelRule... rules) {
        return new ChannelRoom(new ChannelRules(List.of(rules)), limit);
    }

    private static ChannelRule rule(String channel, int limit) {
        return new ChannelRule(
                ChannelPattern.of(channel),
                null,
                null,
                Requirement.PUBLIC,
                Requirement.PUBLIC,
                Retention.DEFAULT,
                ChannelRule.DEFAULT_LINGER,
                limit);
    }

    /** Takes room for new channels of a first segment until it is used up, and returns the number of channels. */
    private static int fill(ChannelRoom room, String first) {
        int taken = 0;
        while (room.take(names(first + ".n" + taken))) {
            taken++;
        }
        return taken;
    }

    private static List<ChannelName> names(String... names) {
        return Arrays.stream(names).map(ChannelName::new).toList();
    }

    @Test
    void aRuleWithoutOthers_hasAllTheRoom() {
        assertThat(fill(room(100, rule("a.*", 0)), "a")).isEqualTo(100);
    }

    @Test
    void aRule_leavesTheOthersTheirShare() {
        ChannelRoom room = room(100, rule("a.*", 0), rule("b.*", 0), rule("news", 0));

        assertThat(fill(room, "a")).isEqualTo(75);
        assertThat(fill(room, "b")).isEqualTo(25);
        assertThat(room.total()).isEqualTo(100);
    }

    @Test
    void roomThatIsNotAnotherRulesShare_goesToTheFirstRequest() {
        ChannelRoom room = room(100, rule("a.*", 0), rule("b.*", 0));
        assertThat(fill(room, "b")).isEqualTo(75);
        names("b.n0", "b.n1").forEach(room::release);

        assertThat(fill(room, "a")).isEqualTo(27);
        assertThat(fill(room, "b")).isZero();
    }

    @Test
    void aRulesOwnLimit_boundsItAndItsShare() {
        ChannelRoom room = room(100, rule("a.*", 10), rule("b.*", 0));

        assertThat(fill(room, "b")).isEqualTo(90);
        assertThat(fill(room, "a")).isEqualTo(10);
        assertThat(room.isAtLimit(rule("a.*", 10))).isTrue();
    }

    @Test
    void severalChannels_areTakenTogetherOrNotAtAll() {
        ChannelRoom room = room(3, rule("*", 0));
        assertThat(room.take(names("a", "b"))).isTrue();

        assertThat(room.take(names("c", "d"))).isFalse();
        assertThat(room.total()).isEqualTo(2);
        assertThat(room.take(names("c"))).isTrue();
    }

    @Test
    void channelsOfRulesWithoutVariables_doNotCount() {
        ChannelRoom room = room(1, rule("news", 0), rule("sport", 0), rule("*", 0));

        assertThat(room.take(names("news", "sport", "other"))).isTrue();
        assertThat(room.take(names("more"))).isFalse();
        names("news", "sport").forEach(room::release);
        assertThat(room.take(names("more"))).isFalse();
    }

    @Test
    void moreThanTheLimit_leavesTheOthersTheirShareNevertheless() {
        ChannelRoom room = room(8, rule("a.*", 0), rule("b.*", 0));
        for (int i = 0; i < 20; i++) {
            room.add(new ChannelName("a.taken-over-" + i));
        }

        assertThat(fill(room, "b")).isEqualTo(2);
        assertThat(fill(room, "a")).isZero();
    }

    @Test
    void otherRules_divideTheRoomAgain_andChannelsKeepTheirPlaces() {
        ChannelRules rules = new ChannelRules(List.of(rule("a.*", 0), rule("b.*", 0)));
        ChannelRoom room = new ChannelRoom(rules, 100);
        assertThat(fill(room, "a")).isEqualTo(75);

        rules.replace(new ChannelRules(List.of(rule("a.*", 10), rule("c.*", 0))));
        room.changed(200);

        assertThat(room.total()).isEqualTo(75);
        assertThat(fill(room, "a")).as("its own limit").isZero();
        assertThat(fill(room, "c")).isEqualTo(125);
        for (int i = 0; i < 75; i++) {
            room.release(new ChannelName("a.n" + i));
        }
        assertThat(fill(room, "a")).isEqualTo(10);
        assertThat(room.total()).isEqualTo(135);
        assertThat(room.channels()).isEqualTo(135);
    }
}
