package io.ssebridge.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.spi.FilterReply;
import org.junit.jupiter.api.Test;

class OncePerMinuteTest {
    private final OncePerMinute filter = new OncePerMinute();

    private FilterReply decide(String logger, String message, long millis) {
        LoggingEvent event = new LoggingEvent();
        event.setLoggerName(logger);
        event.setLevel(Level.ERROR);
        event.setMessage(message);
        event.setTimeStamp(millis);
        return filter.decide(event);
    }

    @Test
    void aRepeatedLineOfALibrary_passesOnceAMinute() {
        assertThat(decide("io.vertx.Bus", "No codec", 0)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.vertx.Bus", "No codec", 59_999)).isEqualTo(FilterReply.DENY);
        assertThat(decide("io.vertx.Bus", "No codec", 60_000)).isEqualTo(FilterReply.NEUTRAL);
    }

    @Test
    void aWallClockThatIsSetBack_silencesNothing() {
        assertThat(decide("io.vertx.Bus", "No codec", 3_600_000)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.vertx.Bus", "No codec", 0)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.vertx.Bus", "No codec", 1)).isEqualTo(FilterReply.DENY);
    }

    @Test
    void anotherLine_andTheSameOfAnotherLogger_pass() {
        assertThat(decide("io.vertx.Bus", "No codec", 0)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.vertx.Bus", "No node", 0)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.vertx.Net", "No codec", 0)).isEqualTo(FilterReply.NEUTRAL);
    }

    @Test
    void everyLineOfTheBridge_passes() {
        assertThat(decide("io.ssebridge.Bridge", "stopping", 0)).isEqualTo(FilterReply.NEUTRAL);
        assertThat(decide("io.ssebridge.Bridge", "stopping", 1)).isEqualTo(FilterReply.NEUTRAL);
    }

    @Test
    void manyDifferentLines_takeNoMoreThanAFewHundredEntries() {
        for (int i = 0; i < 1_000; i++) {
            assertThat(decide("io.vertx.Bus", "line " + i, 0)).isEqualTo(FilterReply.NEUTRAL);
        }
        assertThat(decide("io.vertx.Bus", "line 999", 1)).isEqualTo(FilterReply.DENY);
        assertThat(decide("io.vertx.Bus", "line 0", 1)).isEqualTo(FilterReply.NEUTRAL);
    }
}
