package io.ssebridge;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BridgeTest {
    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 1", "4, 4", "8, 8", "64, 8"})
    void fromFourCoresOn_severalEventLoopsHaveShards(int cores, int loops) {
        assertThat(Bridge.shardLoops(cores)).isEqualTo(loops);
    }
}
