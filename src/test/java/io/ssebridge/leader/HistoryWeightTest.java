package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.wire.Submission;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class HistoryWeightTest {
    private static final int CAPACITY = 10;
    private static final int KILOBYTE = 1_000;
    // With the fields of each frame.
    private static final int FRAME = KILOBYTE + 160;
    private static final int SLOTS = 13 * CAPACITY;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final HistoryRoom room = new HistoryRoom(20 * FRAME + SLOTS, 1, meters);
    private final HistoryWeight weight = new HistoryWeight(room, CAPACITY);

    private static Event event(int bytes) {
        return new Event(null, "x".repeat(bytes), null);
    }

    private static List<NumberedFrame> events(int count, int bytes) {
        return IntStream.range(0, count)
                .mapToObj(i -> new NumberedFrame(i, new EventFrame(i, -1, 0, 0, 0, event(bytes))))
                .toList();
    }

    private static List<Submission> submissions(int count, int bytes) {
        return IntStream.range(0, count)
                .mapToObj(i -> new Submission(i, i, false, event(bytes)))
                .toList();
    }

    private double all() {
        return meters.get("sse.history.bytes").gauge().value();
    }

    @Test
    void aFullHistory_growsOnlyWithLargerEvents() {
        weight.add(events(CAPACITY, KILOBYTE));
        assertThat(all()).isEqualTo(SLOTS + CAPACITY * FRAME);
        for (int i = 0; i < 100; i++) {
            weight.add(events(3, KILOBYTE));
        }
        assertThat(all()).isBetween(9.9 * FRAME, SLOTS + 10.0 * FRAME);
        for (int i = 0; i < 100; i++) {
            weight.add(events(3, 2 * KILOBYTE));
        }
        assertThat(all()).isBetween(18.0 * FRAME, SLOTS + 20.0 * FRAME);
    }

    @Test
    void withoutRoom_onlyEventsThatNeedNoMoreAreTaken() {
        weight.add(events(CAPACITY, KILOBYTE));
        room.add(10 * FRAME);
        assertThat(weight.hasRoomFor(submissions(3, KILOBYTE))).isTrue();
        assertThat(weight.hasRoomFor(submissions(1, 2 * KILOBYTE))).isFalse();
        assertThat(new HistoryWeight(room, CAPACITY).hasRoomFor(submissions(1, 1)))
                .isFalse();
        assertThat(new HistoryWeight(room, 0).hasRoomFor(submissions(1, KILOBYTE)))
                .isTrue();
    }

    @Test
    void aHistoryOfAnotherLeader_isEstimatedByItsNewestEvents() {
        weight.found(events(2, KILOBYTE), new Cursor.At(4, 1));
        assertThat(all()).isEqualTo(SLOTS + 5 * FRAME);
        weight.found(events(2, KILOBYTE), new Cursor.At(1_000_000, 1));
        assertThat(all()).isEqualTo(SLOTS + CAPACITY * FRAME);
        weight.found(List.of(), new Cursor.Start(0));
        assertThat(all()).isZero();
    }

    @Test
    void aChannelThatIsClosed_countsNoMore() {
        weight.add(events(3, KILOBYTE));
        weight.close();
        // The answer of an append that was in flight.
        weight.add(events(3, KILOBYTE));
        weight.found(events(1, KILOBYTE), new Cursor.At(7, 1));
        assertThat(all()).isZero();
    }
}
