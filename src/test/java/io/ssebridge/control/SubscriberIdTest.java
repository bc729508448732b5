package io.ssebridge.control;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SubscriberIdTest {
    @Test
    void anId_leadsToItsNode_andToNoOther() {
        SubscriberId id = SubscriberId.draw("node-1");

        assertThat(id.isOf("node-1")).isTrue();
        assertThat(id.isOf("node-2")).isFalse();
        assertThat(SubscriberId.parse(id.text())).contains(id);
    }

    @Test
    void idsOfOneNode_differInTheirRandomPart() {
        assertThat(SubscriberId.draw("node-1").text().substring(0, 32))
                .isNotEqualTo(SubscriberId.draw("node-1").text().substring(0, 32));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "x", "0123456789abcdef0123456789abcdef", "0123456789ABCDEF0123456789abcdef01234567"})
    void anotherText_isRefused(String text) {
        assertThat(SubscriberId.parse(text)).isEmpty();
    }
}
