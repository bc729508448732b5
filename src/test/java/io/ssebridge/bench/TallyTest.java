package io.ssebridge.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class TallyTest {
    private final Load load =
            new Load(1, 0, 1, 10, 100, 1, Duration.ofSeconds(1), Duration.ofSeconds(1), Duration.ofSeconds(1));
    private final Tally tally = new Tally(new Clock(load));

    @Test
    void aGap_isMissing() {
        assertThat(tally.received(0, 0, 0, 0)).isEqualTo(1);
        assertThat(tally.received(3, 1, 0, 0)).isEqualTo(4);

        assertThat(tally.passedOver()).isEqualTo(2);
        assertThat(tally.unfinished()).isZero();
        assertThat(tally.again()).isZero();
    }

    @Test
    void deliveriesMissingAtTheEnd_areCountedApart_sinceTheyMayBeLate() {
        assertThat(tally.received(1, 0, 0, 0)).isEqualTo(2);
        tally.addUnfinished(3);

        assertThat(tally.passedOver()).isEqualTo(1);
        assertThat(tally.unfinished()).isEqualTo(3);
    }

    @Test
    void aRepeat_isCountedAndMovesNothing() {
        assertThat(tally.received(1, 2, 0, 0)).isEqualTo(2);

        assertThat(tally.again()).isEqualTo(1);
        assertThat(tally.received()).isEqualTo(1);
    }

    @Test
    void errorsBeforeTheMeasurement_areCountedApart() {
        assertThat(tally.received(2, 0, 0, 0)).isEqualTo(3);
        tally.addResets(1);
        Totals totals = new Totals(List.of(tally));
        Totals.Faults early = totals.faults();
        assertThat(tally.received(4, 3, 0, 0)).isEqualTo(5);
        assertThat(tally.received(4, 5, 0, 0)).isEqualTo(5);
        tally.addResets(2);

        assertThat(early.all()).isEqualTo(3);
        assertThat(totals.faults().since(early)).isEqualTo(new Totals.Faults(1, 1, 2));
    }

    @Test
    void deliveriesDueInTheWarmUp_areCheckedButNotMeasured() {
        assertThat(tally.received(0, 0, 999_999_999, 0)).isEqualTo(1);
        assertThat(tally.received(1, 1, 1_000_000_000, 0)).isEqualTo(2);

        assertThat(tally.received()).isEqualTo(2);
        assertThat(tally.measured()).isEqualTo(1);
    }

    @Test
    void events_areSpreadOverChannelsAndPublishersInAnOrderOfTheirOwn() {
        Load wide = new Load(0, 0, 10, 10, 100, 4, Duration.ZERO, Duration.ofSeconds(1), Duration.ZERO);
        for (long event = 0; event < 100; event++) {
            assertThat(wide.publisher(event)).isEqualTo(wide.channel(event) % 4);
        }
        assertThat(wide.publishersOfAChannel()).isEqualTo(1);

        Load narrow = new Load(0, 0, 1, 10, 100, 4, Duration.ZERO, Duration.ofSeconds(1), Duration.ZERO);
        assertThat(narrow.publisher(5)).isEqualTo(1);
        assertThat(narrow.publishersOfAChannel()).isEqualTo(4);
    }
}
