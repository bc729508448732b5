package io.ssebridge.cli;

import io.ssebridge.cluster.Cluster;
import io.ssebridge.http.NodeHealth;
import io.ssebridge.logging.LoggedExceptions;
import io.vertx.core.Vertx;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process of a failed node with one line and exit status 3, so that its supervisor starts a new one. The
 * process ends at once, because an orderly stop may hang after an {@code OutOfMemoryError}.
 *
 * <p>An {@code OutOfMemoryError} may be caught anywhere: by event loops, by futures, by Netty and by Hazelcast. So this
 * class watches all these places: threads, Vert.x, Hazelcast, and logged exceptions. {@code
 * -XX:+ExitOnOutOfMemoryError} does the same inside the JVM, but a jar cannot set it.
 */
final class ProcessEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessEnd.class);
    private static final int FAILED = 3;

    // Created in advance: later the memory may be missing.
    private static final byte[] OUT_OF_MEMORY =
            line("out of memory: the process ends with exit status 3 (expected: a larger heap, -Xmx)");
    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);
    private static final AtomicBoolean ENDING = new AtomicBoolean();

    private ProcessEnd() {}

    private static byte[] line(String text) {
        return ("sse-bridge: " + text + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    }

    /** Ends the process if the heap is exhausted, wherever this is noticed. It applies to the whole JVM. */
    static void whenOutOfMemory() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            endIfOutOfMemory(failure);
            LOG.error("Unhandled exception on thread {}", thread.getName(), failure);
        });
        LoggedExceptions.watch(ProcessEnd::endIfOutOfMemory);
        Cluster.onOutOfMemory(ProcessEnd::endIfOutOfMemory);
    }

    /** Ends the process for unhandled errors on the event loops too. */
    static void whenOutOfMemory(Vertx vertx) {
        vertx.exceptionHandler(failure -> {
            endIfOutOfMemory(failure);
            if (isSecondCompletion(failure)) {
                LOG.debug("Vert.x completed the write of a message twice", failure);
            } else {
                LOG.error("Unhandled exception", failure);
            }
        });
    }

    /**
     * Whether Vert.x has completed the write of a message on the event bus twice. It does so now and then while nodes come
     * and go. The sender has its result from the first time.
     */
    private static boolean isSecondCompletion(Throwable failure) {
        return failure instanceof IllegalStateException
                && "Promise already completed".equals(failure.getMessage())
                && Arrays.stream(failure.getStackTrace())
                        .anyMatch(frame -> frame.getClassName().endsWith(".clustered.OutboundConnection"));
    }

    private static void endIfOutOfMemory(Throwable failure) {
        if (NodeHealth.isOutOfMemory(failure)) {
            end(OUT_OF_MEMORY);
        }
    }

    /** Ends the process of a failed node. */
    static void failed(Throwable cause) {
        endIfOutOfMemory(cause);
        end(line(cause.getMessage() + ": the process ends with exit status 3"));
    }

    private static void end(byte[] line) {
        if (!ENDING.compareAndSet(false, true)) {
            return;
        }
        try {
            ERR.write(line);
        } catch (IOException e) {
            // Without standard error the exit status is the only message.
        } finally {
            Runtime.getRuntime().halt(FAILED);
        }
    }
}
