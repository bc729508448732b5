package io.ssebridge.gzip;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

class ChecksumTest {
    private final Random random = new Random(7);

    @Test
    void theChecksumsOfPieces_giveThatOfTheStream() {
        CRC32 whole = new CRC32();
        int joined = Checksum.EMPTY;
        Checksum all = Checksum.of(new byte[0]);
        int length = 0;
        for (int i = 0; i < 500; i++) {
            byte[] piece = new byte[random.nextInt(1 << random.nextInt(16))];
            random.nextBytes(piece);
            whole.update(piece);
            length += piece.length;

            joined = Checksum.of(piece).after(joined);
            all = all.then(Checksum.of(piece));

            assertThat(joined).isEqualTo((int) whole.getValue());
            assertThat(all.after(Checksum.EMPTY)).isEqualTo((int) whole.getValue());
            assertThat(all.length()).isEqualTo(length);
        }
    }
}
