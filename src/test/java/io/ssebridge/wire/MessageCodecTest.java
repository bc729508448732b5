package io.ssebridge.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.fail;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.ssebridge.event.GenesisFrame;
import io.ssebridge.event.NumberedFrame;
import io.vertx.core.buffer.Buffer;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MessageCodecTest {
    private static final ChannelName CHANNEL = new ChannelName("s\u00e9cret.room");
    private static final Event EVENT = new Event("goal", "1:0 \u20ac", null);
    private static final Announcement ANNOUNCEMENT = new Announcement(
            CHANNEL,
            new Cursor.Start(1_795_000_000_123L),
            List.of(numbered(1), numbered(2)),
            new Cursor.At(3, Frame.MAX_TAG));
    private static final Submission.AppendRequest BATCH = new Submission.AppendRequest(
            CHANNEL, List.of(new Submission(-1, 5, true, EVENT), new Submission(Long.MAX_VALUE, -6, false, EVENT)));
    private static final List<Cursor> CURSORS = List.of(new Cursor.At(0, 0), new Cursor.Start(5), new Cursor.At(9, 7));

    @Test
    void anAnnouncement_comesBack() {
        assertThat(Announcement.decode(ANNOUNCEMENT.encode())).isEqualTo(ANNOUNCEMENT);
    }

    @Test
    void anAnnouncementOfATailAlone_comesBack() {
        Announcement tail = new Announcement(CHANNEL, new Cursor.At(7, 8), List.of(), new Cursor.At(7, 8));

        assertThat(Announcement.decode(tail.encode())).isEqualTo(tail);
    }

    @Test
    void submissions_comeBack() {
        assertThat(Submission.AppendRequest.decode(BATCH.encode())).isEqualTo(BATCH);
    }

    @Test
    void cursors_comeBack() {
        assertThat(MessageCodec.decodeCursors(MessageCodec.encodeCursors(CURSORS), CURSORS.size()))
                .isEqualTo(CURSORS);
    }

    @Test
    void aMessageCutBetweenItsParts_isAShorterOne_andCutWithinAPart_isRefused() {
        Buffer bytes = ANNOUNCEMENT.encode();
        int head = new Announcement(CHANNEL, ANNOUNCEMENT.from(), List.of(), ANNOUNCEMENT.tail())
                .encode()
                .length();
        int frame = (bytes.length() - head) / 2;
        Set<Integer> borders = Set.of(head, head + frame);
        for (int length = 0; length < bytes.length(); length++) {
            Buffer cut = bytes.slice(0, length);
            if (borders.contains(length)) {
                assertThat(Announcement.decode(cut).frames()).hasSize((length - head) / frame);
            } else {
                assertThatIllegalArgumentException().as("%d bytes", length).isThrownBy(() -> Announcement.decode(cut));
            }
        }
    }

    @Test
    void trash_isAMessageOrRefused_andNothingElse() {
        Random random = new Random(20_261_120);
        List<Function<Buffer, Object>> readers = List.of(
                Announcement::decode,
                Submission.AppendRequest::decode,
                bytes -> MessageCodec.decodeCursors(bytes, CURSORS.size()));
        List<Buffer> good = List.of(ANNOUNCEMENT.encode(), BATCH.encode(), MessageCodec.encodeCursors(CURSORS));
        for (int round = 0; round < 30_000; round++) {
            int kind = round % readers.size();
            byte[] bytes = good.get(kind).getBytes();
            IntStream.rangeClosed(0, random.nextInt(8))
                    .forEach(i -> bytes[random.nextInt(bytes.length)] = (byte) random.nextInt());
            Buffer cut = Buffer.buffer(bytes).slice(0, random.nextInt(bytes.length + 1));
            try {
                assertThat(readers.get(kind).apply(cut)).isNotNull();
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageContaining(":");
            } catch (RuntimeException e) {
                fail(Base64.getEncoder().encodeToString(bytes), e);
            }
        }
    }

    @Test
    void anAppendWithoutAnEvent_isRefused() {
        Buffer bytes = Buffer.buffer();
        MessageCodec.append(bytes, CHANNEL);
        bytes.appendLong(0);
        MessageCodec.append(bytes, new GenesisFrame(1, 0, Frame.NO_TAG, 0, 0));

        assertThatIllegalArgumentException().isThrownBy(() -> Submission.AppendRequest.decode(bytes));
    }

    @Test
    void anAnnouncementOfAGenesisFrameOrANegativeSequence_isRefused() {
        NumberedFrame genesis = new NumberedFrame(0, new GenesisFrame(1, 0, Frame.NO_TAG, 0, 0));
        for (NumberedFrame bad :
                List.of(genesis, new NumberedFrame(-1, numbered(1).frame()))) {
            Buffer bytes = new Announcement(CHANNEL, ANNOUNCEMENT.from(), List.of(bad), ANNOUNCEMENT.tail()).encode();

            assertThatIllegalArgumentException().isThrownBy(() -> Announcement.decode(bytes));
        }
    }

    @Test
    void theSameKey_isTheSameUid_onOneChannelOnly() {
        Submission first = Submission.of(CHANNEL, EVENT, "key");

        assertThat(Submission.of(CHANNEL, new Event(null, "other", null), "key").uid())
                .isEqualTo(first.uid());
        assertThat(Submission.of(new ChannelName("other"), EVENT, "key").uid()).isNotEqualTo(first.uid());
        assertThat(Submission.of(CHANNEL, EVENT, "key2").uid()).isNotEqualTo(first.uid());
        assertThat(Submission.of(CHANNEL, EVENT, null).uid())
                .isNotEqualTo(Submission.of(CHANNEL, EVENT, null).uid());
    }

    private static NumberedFrame numbered(int sequence) {
        return new NumberedFrame(sequence, new EventFrame(sequence, 0, sequence - 1, 5, 9, EVENT));
    }
}
