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
 * Passes every logged exception, at any level, to a watcher. Some exceptions would have ended a thread, but a library
 * catches and only logs them; the watcher must know of these. Any thread.
 */
public final class LoggedExceptions extends TurboFilter {
    private final Consumer<Throwable> watcher;

    private LoggedExceptions(Consumer<Throwable> watcher) {
        this.watcher = watcher;
    }

    /**
     * Starts watching. This filter runs before all other filters.
     *
     * @param watcher runs on the thread that logs the exception
     */
    public static void watch(Consumer<Throwable> watcher) {
        // With another SLF4J implementation than the runnable jar's, nothing can be watched.
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
            // SLF4J also treats a last parameter without a placeholder as the exception.
            watcher.accept(last);
        }
        return FilterReply.NEUTRAL;
    }
}
