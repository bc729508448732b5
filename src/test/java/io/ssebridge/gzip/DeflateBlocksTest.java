package io.ssebridge.gzip;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.junit.jupiter.api.Test;

class DeflateBlocksTest {
    private final Random random = new Random(7);

    @Test
    void eachPiece_isReadableAtOnce_andNeedsNoneBeforeIt() throws DataFormatException {
        Inflater stream = new Inflater(true);
        for (int size : new int[] {1, 30, 1_023, 1_024, 5_000, 65_535, 65_536, 200_000}) {
            for (byte[] piece : new byte[][] {text(size), noise(size)}) {
                byte[] blocks = DeflateBlocks.of(piece);

                assertThat(read(stream, blocks, size)).isEqualTo(piece);
                assertThat(read(new Inflater(true), blocks, size)).isEqualTo(piece);
                assertThat(blocks.length).isLessThanOrEqualTo(size + 5 * (size / 65_535 + 1));
            }
        }
    }

    @Test
    void twentyEvents_takeATenthOfTheBytes_andAFewBytesAreNotCompressed() {
        byte[] burst = text(3_000);

        assertThat(DeflateBlocks.of(burst).length).isLessThan(burst.length / 5);
        assertThat(DeflateBlocks.of(text(1_000)).length).isEqualTo(1_005);
    }

    private static byte[] read(Inflater inflater, byte[] blocks, int size) throws DataFormatException {
        inflater.setInput(blocks);
        byte[] piece = new byte[size];
        int read = 0;
        while (read < size && !inflater.needsInput()) {
            read += inflater.inflate(piece, read, size - read);
        }
        assertThat(read).isEqualTo(size);
        assertThat(inflater.inflate(new byte[1])).isZero();
        assertThat(inflater.needsInput()).isTrue();
        return piece;
    }

    private byte[] text(int size) {
        StringBuilder events = new StringBuilder();
        while (events.length() < size) {
            events.append(
                    "event: goal\ndata: {\"match\":%d,\"player\":\"no %d\",\"minute\":%d,\"score\":[%d,%d]}\nid: 1.%d\n\n"
                            .formatted(
                                    random.nextInt(90),
                                    random.nextInt(22),
                                    random.nextInt(90),
                                    random.nextInt(9),
                                    random.nextInt(9),
                                    events.length()));
        }
        return events.substring(0, size).getBytes(UTF_8);
    }

    private byte[] noise(int size) {
        byte[] noise = new byte[size];
        random.nextBytes(noise);
        return noise;
    }
}
