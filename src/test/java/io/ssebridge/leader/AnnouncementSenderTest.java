package io.ssebridge.leader;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.NumberedFrame;
import io.ssebridge.wire.Announcement;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class AnnouncementSenderTest {
    private static final NumberedFrame LARGE =
            new NumberedFrame(1, new EventFrame(1, 0, 0, 0, 0, new Event(null, "x".repeat(100_000), null)));
    private static final Announcement EVENT =
            new Announcement(new ChannelName("news"), new Cursor.Start(0), List.of(LARGE), LARGE.cursor());
    private static final Announcement TAIL =
            new Announcement(EVENT.channel(), LARGE.cursor(), List.of(), LARGE.cursor());

    private final List<String> to = new ArrayList<>();
    private final List<Announcement> written = new ArrayList<>();
    private final List<Promise<Void>> taken = new ArrayList<>();
    private final UnsentBytes unsent = new UnsentBytes();
    private final AnnouncementSender sender = sender();
    private final AnnouncementSender ofAnotherEventLoop = sender();

    private AnnouncementSender sender() {
        return new AnnouncementSender("self", unsent, (node, bytes) -> {
            to.add(node);
            written.add(Announcement.decode(bytes));
            Promise<Void> promise = Promise.promise();
            taken.add(promise);
            return promise.future();
        });
    }

    @Test
    void allOtherNodes_getTheAnnouncement() {
        sender.send(Set.of("self", "a", "b"), EVENT);

        assertThat(to).containsExactlyInAnyOrder("a", "b");
        assertThat(written).containsExactly(EVENT, EVENT);
    }

    /** The announcements for a frozen node filled the memory of the leader. */
    @Test
    void aNodeThatTakesNothing_isToldTailsOnly_andThenNothing() {
        IntStream.range(0, 20_000).forEach(i -> sender.send(Set.of("frozen"), EVENT));

        assertThat(written).filteredOn(EVENT::equals).hasSizeBetween(30, 42);
        assertThat(written).filteredOn(TAIL::equals).hasSizeBetween(5_000, 10_000);
        assertThat(written.stream()
                        .map(Announcement::encode)
                        .mapToLong(Buffer::length)
                        .sum())
                .isLessThan(2 * AnnouncementSender.MAX_UNSENT_BYTES);
        sender.send(Set.of("other"), EVENT);
        assertThat(to).last().isEqualTo("other");
        assertThat(written).last().isEqualTo(EVENT);

        taken.get(0).complete();
        taken.get(1).fail("the connection is closed");
        sender.send(Set.of("frozen"), EVENT);
        assertThat(written).last().isEqualTo(TAIL);
        taken.forEach(each -> each.tryComplete());
        sender.send(Set.of("frozen"), EVENT);
        assertThat(written).last().isEqualTo(EVENT);
    }

    @Test
    void aNodeThatComesBackUnderItsName_beginsWithNothingUnsent() {
        IntStream.range(0, 100).forEach(i -> sender.send(Set.of("frozen"), EVENT));
        sender.retain(Set.of());
        sender.send(Set.of("frozen"), EVENT);
        assertThat(written).last().isEqualTo(EVENT);

        taken.forEach(each -> each.fail("the connection is closed"));
        IntStream.range(0, 100).forEach(i -> sender.send(Set.of("frozen"), EVENT));
        assertThat(written).filteredOn(EVENT::equals).hasSizeBetween(60, 90);
    }

    /** Streams of channels without history would miss the events otherwise. */
    @Test
    void anAnnouncementBeyondTheBound_goesToANodeThatHasTakenEverything() {
        List<NumberedFrame> frames =
                IntStream.range(1, 65).mapToObj(i -> frame(i)).toList();
        Announcement batch = new Announcement(
                EVENT.channel(), new Cursor.Start(0), frames, frames.get(63).cursor());
        sender.send(Set.of("busy"), batch);
        sender.send(Set.of("busy"), EVENT);
        taken.forEach(Promise::complete);
        sender.send(Set.of("busy"), batch);

        assertThat(written).containsExactly(batch, TAIL, batch);
    }

    @Test
    void allEventLoops_shareTheBytesForANode() {
        IntStream.range(0, 20_000).forEach(i -> sender.send(Set.of("frozen"), EVENT));
        int sent = written.size();
        ofAnotherEventLoop.send(Set.of("frozen"), EVENT);
        assertThat(written).hasSize(sent);

        List.copyOf(taken).forEach(Promise::complete);
        ofAnotherEventLoop.send(Set.of("frozen"), EVENT);
        assertThat(written).hasSize(sent + 1).last().isEqualTo(EVENT);
    }

    private static NumberedFrame frame(int number) {
        return new NumberedFrame(
                number, new EventFrame(number, 0, 0, 0, 0, new Event(null, "x".repeat(100_000), null)));
    }
}
