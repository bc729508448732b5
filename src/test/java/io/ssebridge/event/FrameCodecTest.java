package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.fail;

import io.ssebridge.channel.Stamp;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(value = 30, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class FrameCodecTest {
    private static final Frame FRAME = new EventFrame(
            -3, 41, 2, 0xabcdef, 1_795_000_000_000L, new Event("goal", "1:0 \u20ac", Duration.ofSeconds(2)));

    private static final Frame SELECTIVE = new EventFrame(
            -3,
            41,
            2,
            0xabcdef,
            1_795_000_000_000L,
            new Event(null, "x", null).withSelector(new Selector(Map.of("sub", "alice"), Map.of("n", 7))));

    private static final Profile PUBLISHER = Profile.of("al\u20acce", Map.of());

    private final Random random = new Random(20_261_120);

    @Test
    void everyFrame_comesBack() {
        for (Event event : List.of(
                new Event(null, "", null),
                new Event("a", "", Duration.ZERO),
                new Event("a", "x", null).ending(),
                Event.publishedJson("a", "{}", Duration.ZERO),
                Event.publishedJson("a", "{}", null).ending().withSelector(Selector.to(Map.of("sub", "alice"))),
                EventStamp.apply(new Stamp(null, List.of()), new Event(null, "x", null), PUBLISHER),
                EventStamp.apply(
                        new Stamp(null, List.of()),
                        Event.publishedJson("a", "[]", null).ending(),
                        PUBLISHER),
                new Event("a", "x", null).withTraceparent("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"),
                new Event("n\u00e4me", "line\r\nline\n", Event.MAX_RETRY),
                new Event(null, "\ud83d\ude00".repeat(10_000), Duration.ofMillis(1)))) {
            Frame frame = new EventFrame(random.nextLong(), 0, 63, Frame.MAX_TAG, 1, event);

            assertThat(FrameCodec.decode(FrameCodec.encode(frame))).isEqualTo(frame);
        }
    }

    @Test
    void aSelector_comesBack_digitForDigit() {
        Event event = Event.publishedJson("a", "{}", null);
        for (Selector selector : List.of(
                Selector.to(Map.of("sub", "al\u20acce")),
                Selector.except(Map.<String, Object>of("level", new BigDecimal("1e30"), "beta", false)),
                Selector.except(Map.of("level", new BigDecimal("12345678901234567890000"))),
                new Selector(
                        Map.<String, Object>of("", "", "n", new BigDecimal("-0.100000000000000000001")),
                        Map.of("sub", "x")))) {
            Frame frame = new EventFrame(7, 0, 0, Frame.NO_TAG, 1, event.withSelector(selector));

            assertThat(FrameCodec.decode(FrameCodec.encode(frame))).isEqualTo(frame);
        }
    }

    // A node that took no notice of an attribute could show the event to the wrong readers.
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"x\":1}",
                "{\"from\":1}",
                "{\"to\":{}}",
                "{\"to\":null}",
                "{\"to\":{\"a\":[]}}",
                "[]",
                "{",
                "",
                "{\"to\":{\"a\":1}"
            })
    void unknownAndMalformedAttributes_areRefused(String attributes) {
        assertThatIllegalArgumentException().isThrownBy(() -> EventAttributes.decode(attributes));
    }

    @Test
    void aGenesisFrame_comesBack() {
        Frame genesis = new GenesisFrame(Long.MIN_VALUE, -1, Frame.NO_TAG, 7, 5);

        assertThat(FrameCodec.decode(FrameCodec.encode(genesis))).isEqualTo(genesis);
    }

    @Test
    void theBytesOfAFrame_areThoseInTheHistoriesOfRunningClusters() {
        Frame plain = new EventFrame(1, 0, 0, Frame.NO_TAG, 9, new Event(null, "x", null));
        Frame genesis = new GenesisFrame(Long.MIN_VALUE, -1, Frame.NO_TAG, 7, 5);

        assertThat(HexFormat.of().formatHex(FrameCodec.encode(FRAME)))
                .isEqualTo("03fffffffffffffffd00000000000000290000000200abcdef000001a1ee565e00000000"
                        + "0000000000000007d000000004676f616c00000007313a3020e282acffffffff");
        assertThat(HexFormat.of().formatHex(FrameCodec.encode(plain)))
                .isEqualTo("030000000000000001000000000000000000000000000000000000000000000009000000"
                        + "0000000000ffffffffffffffff0000000178ffffffff");
        assertThat(HexFormat.of().formatHex(FrameCodec.encode(genesis)))
                .isEqualTo("038000000000000000ffffffffffffffff00000000000000000000000000000007000000"
                        + "0000000005ffffffffffffffffffffffffffffffff");
    }

    @Test
    void aGenesisFrameThatIsNotTheFirstOfItsBatch_isRefused() {
        byte[] bytes = FrameCodec.encode(new GenesisFrame(1, -1, Frame.NO_TAG, 7, 5));
        bytes[20] = 3;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrameCodec.decode(bytes))
                .withMessage("genesis frame: index 3 (expected: 0)");
    }

    @Test
    void aFrameThatEndsTooEarlyOrTooLate_isRefused() {
        for (Frame frame : List.of(FRAME, SELECTIVE)) {
            refuseParts(FrameCodec.encode(frame));
        }
    }

    private static void refuseParts(byte[] bytes) {
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThatIllegalArgumentException().isThrownBy(() -> FrameCodec.decode(cut));
        }
        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrameCodec.decode(Arrays.copyOf(bytes, bytes.length + 1)));
    }

    @Test
    void anotherVersion_isRefusedByName() {
        byte[] bytes = FrameCodec.encode(FRAME);
        bytes[0] = 1;

        assertThatIllegalArgumentException()
                .isThrownBy(() -> FrameCodec.decode(bytes))
                .withMessage("frame: version 1 (expected: 3)");
    }

    @Test
    void trash_isAFrameOrRefused_andNothingElse() {
        List<byte[]> good = List.of(FrameCodec.encode(FRAME), FrameCodec.encode(SELECTIVE));
        for (int round = 0; round < 50_000; round++) {
            byte[] bytes = good.get(round % 2).clone();
            for (int i = random.nextInt(6); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            try {
                // An accepted frame can be used: a cursor is made of the tag of the frame before.
                assertThat(FrameCodec.decode(bytes).previousTag()).isBetween(0, Frame.MAX_TAG);
            } catch (IllegalArgumentException expected) {
                assertThat(expected).hasMessageContaining(":");
            } catch (RuntimeException e) {
                fail(Arrays.toString(bytes), e);
            }
        }
    }
}
