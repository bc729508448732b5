package io.ssebridge.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelPattern;
import io.ssebridge.testing.FakeClock;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class BlocksTest {
    private static final ChannelName A = new ChannelName("team.a");
    private static final ChannelName B = new ChannelName("team.b");
    private static final Duration MINUTE = Duration.ofMinutes(1);

    private final FakeClock clock = new FakeClock();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final Blocks blocks = new Blocks(clock, meters);

    private double subjects() {
        return meters.get("sse.subjects.blocked").gauge().value();
    }

    @Test
    void aBlock_isForItsSubjectAndChannels_andLastsForItsTime() {
        blocks.add(SubjectChannels.of("alice", List.of(A)), MINUTE);

        assertThat(blocks.find("alice", List.of(B, A))).contains(new BlockedChannel(A, MINUTE));
        assertThat(blocks.find("alice", List.of(B))).isEmpty();
        assertThat(blocks.find("bob", List.of(A))).isEmpty();
        clock.pass(MINUTE);
        assertThat(blocks.find("alice", List.of(A))).isEmpty();
    }

    @Test
    void theLongestBlockOfAChannel_counts() {
        blocks.add(new SubjectChannels("alice", List.of(ChannelPattern.of("team.*"))), MINUTE.multipliedBy(2));
        blocks.add(SubjectChannels.of("alice", List.of(A)), MINUTE);

        assertThat(blocks.find("alice", List.of(A)).orElseThrow().rest()).isEqualTo(MINUTE.multipliedBy(2));
    }

    @Test
    void theSameBlock_beginsAgain_butNotWhenItIsReadFromTheMap() {
        SubjectChannels channels = SubjectChannels.of("alice", List.of(A));
        blocks.add(channels, MINUTE);
        clock.pass(Duration.ofSeconds(30));

        blocks.addIfAbsent(channels, MINUTE);
        assertThat(blocks.find("alice", List.of(A)).orElseThrow().rest()).isEqualTo(Duration.ofSeconds(30));
        blocks.add(channels, MINUTE);
        assertThat(blocks.find("alice", List.of(A)).orElseThrow().rest()).isEqualTo(MINUTE);
    }

    @Test
    void aBlockThatIsOver_leavesNothing() {
        blocks.add(SubjectChannels.of("alice", List.of(A)), MINUTE);
        blocks.add(SubjectChannels.of("alice", List.of(B)), MINUTE.multipliedBy(2));
        blocks.add(SubjectChannels.of("bob", List.of(B)), Duration.ZERO);
        clock.pass(MINUTE);
        blocks.sweep();
        assertThat(subjects()).isEqualTo(1);
        clock.pass(MINUTE);
        blocks.sweep();

        assertThat(subjects()).isZero();
    }

    @Test
    void theBlocksOfOneSubject_areBounded() {
        for (int i = 0; i < 101; i++) {
            blocks.add(SubjectChannels.of("alice", List.of(new ChannelName("team." + i))), MINUTE);
        }

        assertThat(blocks.find("alice", List.of(new ChannelName("team.99")))).isPresent();
        assertThat(blocks.find("alice", List.of(new ChannelName("team.100")))).isEmpty();
    }

    @Test
    void theKeyOfABlock_isReadAsItWasWritten() {
        SubjectChannels channels =
                new SubjectChannels("al\"ice, \u00e9", List.of(ChannelPattern.of("a b.**"), ChannelPattern.of("c")));

        assertThat(SubjectChannels.decode(channels.encode())).isEqualTo(channels);
    }
}
