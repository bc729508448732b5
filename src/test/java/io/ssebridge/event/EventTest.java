package io.ssebridge.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which names a publisher may give: none that a client could take for a name of the bridge. */
class EventTest {
    /** The characters that Java, JavaScript, .NET, Python, PHP, Go, Swift and Ruby trim, and invisible ones. */
    @ParameterizedTest
    @ValueSource(
            ints = {
                ' ', 0xA0, 0x1680, 0x2000, 0x2007, 0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000, 0xFEFF, 0x200B,
                0x200E, 0x2060, 0x180E, 0xAD, 0xE0020
            })
    void aNameThatIsReservedOnceTrimmed_isRefused(int space) {
        String around = Character.toString(space);
        for (String name : new String[] {
            around + "stream-open", "stream-error" + around, around + around + "open", around + "error" + around
        }) {
            assertThatThrownBy(() -> Event.published(name, "", null))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("is reserved");
        }
        for (String name : new String[] {"a" + around + "goal", around + "goal", "goal" + around, around}) {
            assertThatCode(() -> Event.published(name, "", null)).doesNotThrowAnyException();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"open", "error", "stream-", "stream-open", "Stream-Open", "STREAM-RESET", "\u017Ftream-open"})
    void aReservedName_isRefused(String name) {
        assertThatThrownBy(() -> Event.published(name, "", null))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("is reserved");
    }

    /** An EventSource tells them from those that it fires by itself. */
    @ParameterizedTest
    @ValueSource(strings = {"Open", "ERROR", "streams", "stream", "a stream-open", "\u00E9", "goal!"})
    void anyOtherName_isTaken(String name) {
        assertThat(Event.published(name, "", null).name()).isEqualTo(name);
    }
}
