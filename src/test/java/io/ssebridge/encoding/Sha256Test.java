package io.ssebridge.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class Sha256Test {
    /** The example of FIPS 180-2, appendix B.1. */
    @Test
    void theHashOfAText_isTheOneOfTheStandard_eachTime() {
        for (int i = 0; i < 2; i++) {
            assertThat(HexFormat.of().formatHex(Sha256.hash("abc")))
                    .isEqualTo("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        }
    }
}
