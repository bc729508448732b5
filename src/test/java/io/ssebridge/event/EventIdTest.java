package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;

import io.ssebridge.channel.ChannelName;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class EventIdTest {
    private static final String ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    private static final int HASH_AT = 5;
    private static final ChannelName NEWS = new ChannelName("news");
    private static final ChannelName SCORES = new ChannelName("scores.final");

    private final Random random = new Random(20_261_120);

    @Test
    void anyCursorsOfAnyChannels_comeBack() {
        for (int round = 0; round < 2_000; round++) {
            List<ChannelName> channels = channels(1 + random.nextInt(50));
            List<Cursor> cursors = channels.stream()
                    .<Cursor>map(each ->
                            random.nextInt(5) == 0 ? start() : at(random.nextLong() >>> 1 >>> random.nextInt(63)))
                    .toList();

            assertThat(EventId.decode(EventId.encode(channels, cursors), channels))
                    .hasValue(byChannel(channels, cursors));
        }
    }

    @Test
    void theHighestAndTheLowestCursors_comeBack() {
        for (Cursor cursor : List.<Cursor>of(
                new Cursor.At(0, 0),
                new Cursor.At(Long.MAX_VALUE - 1, Frame.MAX_TAG),
                new Cursor.At(126, 1),
                new Cursor.At(127, 1),
                new Cursor.Start(0),
                new Cursor.Start(4_294_967_295_000L))) {
            assertThat(EventId.decode(EventId.encode(List.of(NEWS), List.of(cursor)), List.of(NEWS)))
                    .hasValue(Map.of(NEWS, cursor));
        }
    }

    @Test
    void aStartCursor_comesBackToTheSecond() {
        String id = EventId.encode(List.of(NEWS), List.of(new Cursor.Start(1_795_000_123_987L)));

        assertThat(EventId.decode(id, List.of(NEWS))).hasValue(Map.of(NEWS, new Cursor.Start(1_795_000_123_000L)));
    }

    @Test
    void tenChannels_fitIntoAHeaderThatABrowserSendsWithoutAPreflight() {
        for (int round = 0; round < 500; round++) {
            List<ChannelName> channels = channels(10);
            List<Cursor.At> cursors = channels.stream()
                    .map(each -> at((1L << 27) - random.nextInt(100)))
                    .toList();

            assertThat(EventId.encode(channels, cursors))
                    .hasSizeLessThanOrEqualTo(128)
                    .matches("[A-Za-z0-9_-]+");
        }
    }

    @Test
    void everyOtherCharacterAtEveryPlace_isRefused() {
        for (int round = 0; round < 12; round++) {
            List<ChannelName> channels = channels(1 + round);
            String id = EventId.encode(
                    channels,
                    channels.stream().map(each -> at(random.nextInt(100_000))).toList());
            for (int place = 0; place < id.length(); place++) {
                for (char other : (ALPHABET + " =+/.~\u0000\u00e9\u20ac").toCharArray()) {
                    if (other != id.charAt(place)) {
                        String tampered = id.substring(0, place) + other + id.substring(place + 1);
                        assertThat(EventId.decode(tampered, channels))
                                .as(tampered)
                                .isEmpty();
                    }
                }
            }
        }
    }

    @Test
    void everyFlippedBit_isRefused() {
        List<ChannelName> channels = channels(10);
        byte[] id = Base64.getUrlDecoder()
                .decode(EventId.encode(
                        channels, channels.stream().map(each -> at(77)).toList()));
        for (int bit = 0; bit < id.length * 8; bit++) {
            byte[] tampered = id.clone();
            tampered[bit / 8] ^= (byte) (1 << bit % 8);

            assertThat(EventId.decode(base64(tampered), channels))
                    .as("bit %d", bit)
                    .isEmpty();
        }
    }

    @Test
    void aTruncatedOrLengthenedId_isRefused() {
        List<ChannelName> channels = channels(3);
        String id = EventId.encode(channels, List.<Cursor>of(at(1), at(200), start()));
        for (int length = 0; length < id.length(); length++) {
            assertThat(EventId.decode(id.substring(0, length), channels)).isEmpty();
        }
        for (String more : List.of("A", "AA", "AAAA", "=", "==", "\n")) {
            assertThat(EventId.decode(id + more, channels)).as(more).isEmpty();
        }
    }

    @Test
    void anotherVersionOfAnId_isRefused() {
        byte[] id = Base64.getUrlDecoder().decode(EventId.encode(List.of(NEWS), List.of(at(7))));
        for (int version : List.of(0, 1, 3, 255)) {
            id[0] = (byte) version;

            assertThat(EventId.decode(base64(id), List.of(NEWS))).isEmpty();
        }
    }

    @Test
    void foreignTexts_areRefused() {
        List<String> texts = new ArrayList<>(List.of(
                "",
                " ",
                "0",
                "42",
                "null",
                "1-0",
                "1526919030474-55",
                "018f3c1e-7b1a-7000-8000-000000000000",
                "\u00e9\u00e8\u20ac",
                "\ud83d\ude00",
                "\ud83d",
                "\u0000",
                "A".repeat(4_096),
                "A".repeat(1_000_000)));
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            texts.add(new String(bytes, StandardCharsets.ISO_8859_1));
            texts.add(base64(bytes));
        }
        for (String text : texts) {
            assertThat(EventId.decode(text, List.of(NEWS, SCORES))).isEmpty();
        }
    }

    @Test
    void aChannelThatWasAdded_hasNoCursor() {
        String id = EventId.encode(List.of(NEWS), List.of(new Cursor.At(5, 6)));

        assertThat(EventId.decode(id, List.of(SCORES, NEWS))).hasValue(Map.of(NEWS, new Cursor.At(5, 6)));
    }

    @Test
    void aChannelThatWasTakenAway_isLeftOut() {
        String id = EventId.encode(List.of(NEWS, SCORES), List.of(new Cursor.At(5, 6), new Cursor.At(7, 8)));

        assertThat(EventId.decode(id, List.of(SCORES))).hasValue(Map.of(SCORES, new Cursor.At(7, 8)));
    }

    @Test
    void theOrderOfChannels_doesNotMatter() {
        String id = EventId.encode(List.of(NEWS, SCORES), List.of(new Cursor.At(5, 6), new Cursor.At(7, 8)));

        assertThat(EventId.decode(id, List.of(SCORES, NEWS)))
                .hasValue(Map.of(NEWS, new Cursor.At(5, 6), SCORES, new Cursor.At(7, 8)));
    }

    @Test
    void anIdOfOtherChannels_isNotAnIdOfThese() {
        String id = EventId.encode(List.of(NEWS), List.of(at(7)));

        assertThat(EventId.decode(id, List.of(SCORES))).isEmpty();
    }

    /** Each case: the cursors that the two channels of one hash have in the id. */
    private static Stream<List<Cursor>> cursorsOfTwo() {
        Cursor early = new Cursor.Start(1_795_000_000_000L);
        Cursor late = new Cursor.Start(1_795_000_900_000L);
        return Stream.of(
                List.of(new Cursor.At(5, 6), new Cursor.At(7, 8)),
                List.of(new Cursor.At(5, 6), new Cursor.At(5, 6)),
                List.of(early, late),
                List.of(early, new Cursor.At(7, 8)),
                List.of(new Cursor.At(7, 8), early));
    }

    @ParameterizedTest
    @MethodSource("cursorsOfTwo")
    void twoChannelsOfOneHash_keepTheirCursorsInAnyOrderAndAlone(List<Cursor> cursors) {
        for (int round = 0; round < 50; round++) {
            List<ChannelName> twins = twins();
            ChannelName first = twins.get(0);
            ChannelName second = twins.get(1);
            Map<ChannelName, Cursor> both = byChannel(twins, cursors);
            String id = EventId.encode(twins, cursors);

            assertThat(EventId.decode(id, List.of(first, second))).hasValue(both);
            assertThat(EventId.decode(id, List.of(second, first))).hasValue(both);
            assertThat(EventId.decode(id, List.of(NEWS, second, SCORES, first)).orElseThrow())
                    .containsAllEntriesOf(both);
            assertThat(EventId.decode(id, List.of(first))).hasValue(Map.of(first, cursors.get(0)));
            assertThat(EventId.decode(id, List.of(second))).hasValue(Map.of(second, cursors.get(1)));
        }
    }

    @Test
    void aChannelOfTheSameHashThatWasNotInTheStream_neverGetsAGoodCursor() {
        for (int round = 0; round < 200; round++) {
            List<ChannelName> twins = twins();
            ChannelName before = twins.get(0);
            ChannelName added = twins.get(1);
            Cursor.At at = at(random.nextInt(1_000));
            for (List<ChannelName> wanted : List.of(List.of(before, added), List.of(added, before), List.of(added))) {
                Map<ChannelName, Cursor> known = EventId.decode(EventId.encode(List.of(before), List.of(at)), wanted)
                        .orElse(Map.of());
                Map<ChannelName, Cursor> start = EventId.decode(
                                EventId.encode(List.of(before), List.of(new Cursor.Start(1_795_000_000_000L))), wanted)
                        .orElse(Map.of());

                // The worst case: the other channel has a frame with the same tag there.
                assertThat(known.get(added)).isNotEqualTo(at);
                assertThat(start).doesNotContainKey(added);
                if (wanted.contains(before)) {
                    assertThat(known).containsEntry(before, at);
                    assertThat(start).containsEntry(before, new Cursor.Start(1_795_000_000_000L));
                }
            }
        }
    }

    @Test
    void anyChannelsTakenAwayAddedAndReordered_neverGetAnothersCursor() {
        for (int round = 0; round < 2_000; round++) {
            List<ChannelName> channels = channels(1 + random.nextInt(60));
            List<Cursor> cursors = channels.stream()
                    .<Cursor>map(each -> random.nextBoolean() ? start() : at(random.nextInt(100)))
                    .toList();
            List<ChannelName> wanted = new ArrayList<>(channels(random.nextInt(20)));
            wanted.removeAll(channels);
            List<ChannelName> added = List.copyOf(wanted);
            channels.stream().filter(each -> random.nextBoolean()).forEach(wanted::add);
            Collections.shuffle(wanted, random);
            Map<ChannelName, Cursor> all = byChannel(channels, cursors);

            Map<ChannelName, Cursor> decoded =
                    EventId.decode(EventId.encode(channels, cursors), wanted).orElse(Map.of());

            for (ChannelName channel : wanted) {
                if (!added.contains(channel)) {
                    assertThat(decoded.get(channel)).isEqualTo(all.get(channel));
                } else if (decoded.containsKey(channel)) {
                    assertThat(cursors).doesNotContain(decoded.get(channel));
                }
            }
        }
    }

    @Test
    void aStreamOfAThousandChannels_hasAnIdThatCanBeRead() {
        for (int count : List.of(128, 129, 341, 1_000)) {
            List<ChannelName> channels = channels(count);
            List<Cursor.At> cursors = channels.stream()
                    .map(each -> at((1L << 27) - random.nextInt(100)))
                    .toList();

            assertThat(EventId.decode(EventId.encode(channels, cursors), channels))
                    .hasValue(byChannel(channels, cursors));
        }
    }

    @Test
    void anIdThatNamesTwoChannelsAlike_isRefused() {
        byte[] one = Base64.getUrlDecoder().decode(EventId.encode(List.of(NEWS), List.of(at(7))));
        byte[] twice = Arrays.copyOf(one, one.length + one.length - 5);
        System.arraycopy(one, 5, twice, one.length, one.length - 5);
        CRC32 crc = new CRC32();
        crc.update(twice, 4, twice.length - 4);
        twice[1] = (byte) (crc.getValue() >>> 16);
        twice[2] = (byte) (crc.getValue() >>> 8);
        twice[3] = (byte) crc.getValue();

        assertThat(EventId.decode(base64(twice), List.of(NEWS))).isEmpty();
    }

    /** Two names that have the same 16 bits of hash, each alone in a stream. */
    private List<ChannelName> twins() {
        Map<String, ChannelName> byHash = new HashMap<>();
        while (true) {
            ChannelName name = new ChannelName("c" + random.nextInt(1_000_000));
            byte[] id = Base64.getUrlDecoder().decode(EventId.encode(List.of(name), List.of(new Cursor.At(1, 1))));
            ChannelName twin = byHash.put(id[HASH_AT] + " " + id[HASH_AT + 1], name);
            if (twin != null && !twin.equals(name)) {
                return List.of(twin, name);
            }
        }
    }

    private List<ChannelName> channels(int count) {
        int from = random.nextInt(1_000_000);
        return IntStream.range(from, from + count)
                .mapToObj(i -> new ChannelName("channel." + i))
                .toList();
    }

    private Cursor.At at(long sequence) {
        return new Cursor.At(Math.min(sequence, Long.MAX_VALUE - 1), random.nextInt(Frame.MAX_TAG + 1));
    }

    private Cursor.Start start() {
        return new Cursor.Start((random.nextInt() & 0xffff_ffffL) * 1_000);
    }

    private static Map<ChannelName, Cursor> byChannel(List<ChannelName> channels, List<? extends Cursor> cursors) {
        Map<ChannelName, Cursor> all = new HashMap<>();
        for (int i = 0; i < channels.size(); i++) {
            all.put(channels.get(i), cursors.get(i));
        }
        return all;
    }

    private static String base64(byte[] bytes) {
        return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    }
}
