package io.ssebridge.logging;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The environment variables of the log. Logback's configuration file reads them itself, before the bridge reads its own
 * configuration. This class only checks them: Logback would take a wrong value in silence. Any thread.
 */
public final class LogSettings {
    private static final String FORMAT = "SSE_LOG_FORMAT";
    private static final String LEVEL = "SSE_LOG_LEVEL";
    private static final List<String> FORMATS = List.of("text", "json");
    private static final List<String> LEVELS = List.of("ERROR", "WARN", "INFO", "DEBUG");

    private LogSettings() {}

    /**
     * Looks for a wrong value; call it before anything is logged.
     *
     * @param environment the environment variables
     * @return what is wrong, in one line; empty: all is right
     */
    public static Optional<String> mistake(Map<String, String> environment) {
        return mistake(environment, FORMAT, FORMATS).or(() -> mistake(environment, LEVEL, LEVELS));
    }

    private static Optional<String> mistake(Map<String, String> environment, String variable, List<String> expected) {
        return Optional.ofNullable(environment.get(variable))
                .filter(value -> !expected.contains(value))
                .map(value -> "%s: expected %s".formatted(variable, String.join(" or ", expected)));
    }
}
