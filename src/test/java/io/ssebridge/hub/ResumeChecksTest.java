package io.ssebridge.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Frame;
import io.ssebridge.history.HistoryReader;
import io.ssebridge.history.Replay;
import io.ssebridge.testing.FakeClock;
import io.ssebridge.testing.FaultyHistory;
import io.ssebridge.testing.Histories;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class ResumeChecksTest {
    private static final ChannelName NEWS = new ChannelName("news");

    private final FakeClock clock = new FakeClock();
    private final ChannelRules rules = Histories.rules(100, Duration.ofMinutes(10));
    private final FaultyHistory history = new FaultyHistory(rules);
    private final ResumeChecks checks = new ResumeChecks(new HistoryReader(history, rules, clock));
    private final Promise<Void> gate = Promise.promise();

    @Test
    void theSameQuestionAtTheSameTime_isAskedOnce() {
        hold();
        Future<Replay> one = checks.resume(NEWS, at(2), at(3));
        Future<Replay> two = checks.resume(NEWS, at(2), at(3));
        gate.complete();

        assertThat(history.readings()).isEqualTo(1);
        assertThat(one.result()).isEqualTo(Replay.from(at(2)));
        assertThat(two.result()).isEqualTo(one.result());
    }

    @Test
    void anotherTail_isAnotherQuestion() {
        hold();
        Future<Replay> one = checks.resume(NEWS, at(2), at(3));
        Future<Replay> two = checks.resume(NEWS, at(2), at(4));

        assertThat(one.isComplete()).isFalse();
        assertThat(two.result()).isEqualTo(Replay.from(at(2)));
    }

    @Test
    void anAnswer_isGivenToThoseWhoWaitedForIt_andToNobodyAfter() {
        hold();
        Future<Replay> failed = checks.resume(NEWS, at(2), at(3));
        gate.fail("not now");

        assertThat(failed.failed()).isTrue();
        assertThat(checks.resume(NEWS, at(2), at(3)).result()).isEqualTo(Replay.from(at(2)));
        history.lose();
        assertThat(checks.resume(NEWS, at(2), at(3)).result().reset()).contains(Replay.Reason.LOST);
    }

    private void hold() {
        Histories.append(history.kept(), NEWS, clock.millis(), 1, 2, 3, 4);
        history.nextRead(read -> gate.future().compose(open -> read.get()));
    }

    private static Cursor at(long sequence) {
        return new Cursor.At(sequence, Frame.tag(sequence));
    }
}
