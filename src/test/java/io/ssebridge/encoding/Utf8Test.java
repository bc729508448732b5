package io.ssebridge.encoding;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Utf8Test {
    @ParameterizedTest
    @ValueSource(strings = {"", "a", "ä€", "\ud83d\ude00", "a\ud83d\ude00\ud83d\ude00b"})
    void aText_comesBackFromItsBytes(String text) {
        assertThat(Utf8.canEncode(text)).isTrue();
        assertThat(Utf8.decode(text.getBytes(StandardCharsets.UTF_8))).contains(text);
    }

    @ParameterizedTest
    @ValueSource(strings = {"\ud83d", "\ude00", "a\ud83d", "\ud83da", "\ude00\ud83d", "\ud83d\ud83d\ude00"})
    void halfOfASurrogatePair_cannotBeEncoded(String text) {
        assertThat(Utf8.canEncode(text)).isFalse();
    }

    @Test
    void bytesThatAreNotUtf8_areNotReplaced() {
        assertThat(Utf8.decode(new byte[] {'a', (byte) 0xff})).isEmpty();
        assertThat(Utf8.decode(new byte[] {(byte) 0xe2, (byte) 0x82})).isEmpty();
        assertThat(Utf8.decode(new byte[] {(byte) 0xed, (byte) 0xa0, (byte) 0x80}))
                .isEmpty();
    }
}
