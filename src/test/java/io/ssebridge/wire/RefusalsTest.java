package io.ssebridge.wire;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.eventbus.ReplyFailure;
import org.junit.jupiter.api.Test;

class RefusalsTest {
    @Test
    void anAnswerThatTheLeaderItselfWaitedForInVain_isNotAskedForAgain() {
        ReplyException unanswered = new ReplyException(ReplyFailure.TIMEOUT, "no answer");
        assertThat(Refusals.mayAskAgain(unanswered)).isTrue();

        ReplyException told = Refusals.betweenNodes(unanswered);

        assertThat(told.failureCode()).isEqualTo(Refusals.UNAVAILABLE);
        assertThat(Refusals.mayAskAgain(told)).isFalse();
    }

    @Test
    void thatAnotherNodeLeads_isToldToNodesOnly() {
        ReplyException misdirected = Refusals.misdirected("other");

        assertThat(Refusals.betweenNodes(misdirected)).isSameAs(misdirected);
        assertThat(Refusals.from(misdirected).failureCode()).isEqualTo(Refusals.UNAVAILABLE);
    }
}
