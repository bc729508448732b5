package io.ssebridge.logging;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import ch.qos.logback.core.status.Status;
import io.vertx.core.json.JsonObject;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;

/** The log of the runnable jar as text and as JSON. */
class LogFormatTest {
    /** Writes two lines in a format, and returns all that comes out. */
    private static List<String> written(String format) throws JoranException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = System.out;
        PrintStream err = System.err;
        LoggerContext context = new LoggerContext();
        context.setMDCAdapter(new LogbackMDCAdapter());
        try (PrintStream all = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            System.setOut(all);
            System.setErr(all);
            context.putProperty("SSE_LOG_FORMAT", format);
            context.putProperty("SSE_LOG_LEVEL", "DEBUG");
            JoranConfigurator configurator = new JoranConfigurator();
            configurator.setContext(context);
            configurator.doConfigure(
                    Objects.requireNonNull(LogFormatTest.class.getResource("/logback.xml"), "logback.xml"));
            Logger log = context.getLogger("io.ssebridge.http.Some");
            log.atDebug().addKeyValue("requestId", "abc").log("Refused {}\nforged", "GET");
            log.warn("It failed", new IllegalStateException("cause"));
        } finally {
            System.setOut(out);
            System.setErr(err);
            context.stop();
        }
        assertThat(context.getStatusManager().getCopyOfStatusList())
                .noneMatch(status -> status.getLevel() >= Status.WARN);
        return bytes.toString(StandardCharsets.UTF_8).lines().toList();
    }

    @Test
    void asText_aLineEndsWithItsKeysAndValues() throws JoranException {
        assertThat(written("text").get(0)).endsWith(" DEBUG Some: Refused GET?forged requestId=\"abc\"");
    }

    @Test
    void asJson_eachLineIsAnObject() throws JoranException {
        List<JsonObject> lines = written("json").stream().map(JsonObject::new).toList();

        assertThat(lines).hasSize(2);
        assertThat(lines.get(0).getString("formattedMessage")).isEqualTo("Refused GET\nforged");
        assertThat(lines.get(0).getString("level")).isEqualTo("DEBUG");
        assertThat(lines.get(0).getString("loggerName")).isEqualTo("io.ssebridge.http.Some");
        assertThat(lines.get(0).getJsonArray("kvpList").getJsonObject(0).getString("requestId"))
                .isEqualTo("abc");
        assertThat(lines.get(1).getJsonObject("throwable").getString("message")).isEqualTo("cause");
    }

    @Test
    void aWrongValue_isRefusedByName() {
        assertThat(LogSettings.mistake(Map.of())).isEmpty();
        assertThat(LogSettings.mistake(Map.of("SSE_LOG_FORMAT", "json", "SSE_LOG_LEVEL", "WARN")))
                .isEmpty();
        assertThat(LogSettings.mistake(Map.of("SSE_LOG_FORMAT", "xml")))
                .contains("SSE_LOG_FORMAT: expected text or json");
        assertThat(LogSettings.mistake(Map.of("SSE_LOG_LEVEL", "TRACE")))
                .contains("SSE_LOG_LEVEL: expected ERROR or WARN or INFO or DEBUG");
    }
}
