package io.ssebridge.logging;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.turbo.TurboFilter;
import ch.qos.logback.core.spi.FilterReply;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import org.slf4j.Marker;

/**
 * Shows every exception that anybody logs, on whatever level, to one who has to know of some of them: libraries catch and
 * log what would otherwise have ended a thread. Any thread.
 */
public final class LoggedExceptions extends TurboFilter {
    private final Consumer<Throwable> watcher;

    private LoggedExceptions(Consumer<Throwable> watcher) {
        this.watcher = watcher;
    }

    /**
     * Begins to watch, before any other filter decides.
     *
     * @param watcher runs on the thread that logs
     */
    public static void watch(Consumer<Throwable> watcher) {
        // With another implementation of SLF4J than that of the runnable jar there is nothing to watch.
        if (LoggerFactory.getILoggerFactory() instanceof LoggerContext logback) {
            logback.getTurboFilterList().add(0, new LoggedExceptions(watcher));
        }
    }

    @Override
    public FilterReply decide(
            @Nullable Marker marker,
            Logger logger,
            Level level,
            @Nullable String format,
            Object @Nullable [] params,
            @Nullable Throwable exception) {
        if (exception != null) {
            watcher.accept(exception);
        } else if (params != null && params.length > 0 && params[params.length - 1] instanceof Throwable last) {
            // As SLF4J reads the last parameter that no placeholder takes.
            watcher.accept(last);
        }
        return FilterReply.NEUTRAL;
    }
}
