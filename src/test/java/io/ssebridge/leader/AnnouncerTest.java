package io.ssebridge.leader;

import static io.ssebridge.testing.Histories.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.loop.LoopThread;
import io.ssebridge.wire.Announcement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnnouncerTest {
    private static final ChannelName NEWS = new ChannelName("news");
    private static final NumberedFrame FIRST = new NumberedFrame(1, event(1, 0, 0, 0, 0));
    private static final Cursor START = new Cursor.Start(0);

    private final List<Announcement> said = new ArrayList<>();
    private final Announcer announcer = new Announcer(
            new LoopThread(Thread.currentThread()), NEWS, (attached, announcement) -> said.add(announcement));

    @Test
    void theTail_isRepeatedThreeTimes_andThenNoMore() {
        announcer.announce(START, List.of(FIRST), FIRST.cursor(), 1_000);
        assertThat(said).containsExactly(new Announcement(NEWS, START, List.of(FIRST), FIRST.cursor()));

        assertThat(repeatedAt(1_249)).isFalse();
        assertThat(repeatedAt(1_250)).isTrue();
        assertThat(repeatedAt(1_999)).isFalse();
        assertThat(repeatedAt(2_000)).isTrue();
        assertThat(repeatedAt(4_999)).isFalse();
        assertThat(repeatedAt(5_000)).isTrue();
        assertThat(repeatedAt(100_000)).isFalse();
        assertThat(said).last().isEqualTo(new Announcement(NEWS, FIRST.cursor(), List.of(), FIRST.cursor()));
    }

    @Test
    void laterEvents_areRepeatedInTheirTurn() {
        announcer.announce(START, List.of(FIRST), FIRST.cursor(), 1_000);
        assertThat(repeatedAt(6_000)).isTrue();
        announcer.announceMoved(FIRST.cursor(), 6_000);

        assertThat(repeatedAt(6_249)).isFalse();
        assertThat(repeatedAt(6_250)).isTrue();
    }

    @Test
    void aTailWithoutAttachedNodes_isNotRepeated() {
        assertThat(repeatedAt(100_000)).isFalse();
    }

    private boolean repeatedAt(long now) {
        int before = said.size();
        announcer.repeat(FIRST.cursor(), now);
        return said.size() > before;
    }
}
