package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceParentTest {
    private static final String VALID = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    @Test
    void aValidOne_hasATraceId() {
        assertThat(TraceParent.isValid(VALID)).isTrue();
        assertThat(TraceParent.traceId(VALID)).contains("0af7651916cd43dd8448eb211c80319c");
        assertThat(TraceParent.traceId(null)).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                "01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                "00_0af7651916cd43dd8448eb211c80319c_b7ad6b7169203331_01",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-\r\n",
                "00-0af7651916cd43dd8448eb211c80319g-b7ad6b7169203331-01"
            })
    void aWrongText_isRefused(String text) {
        assertThat(TraceParent.isValid(text)).isFalse();
        assertThat(TraceParent.traceId(text)).isEmpty();
        Event event = new Event(null, "x", null);
        assertThatIllegalArgumentException().isThrownBy(() -> event.withTraceparent(text));
    }

    @Test
    void anEventWithoutATrace_sharesItsAttributesWithAllOthers() {
        Event event = new Event(null, "x", null);
        assertThat(event.withTraceparent(null)).isSameAs(event);
        assertThat(event.attributes()).isSameAs(EventAttributes.NONE);
        assertThat(event.withTraceparent(VALID).withTraceparent(null).attributes())
                .isSameAs(EventAttributes.NONE);
    }
}
