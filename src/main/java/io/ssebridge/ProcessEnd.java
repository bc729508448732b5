package io.ssebridge;

import io.ssebridge.cluster.Cluster;
import io.ssebridge.http.NodeHealth;
import io.ssebridge.logging.LoggedExceptions;
import io.vertx.core.Vertx;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ends the process of a node that can serve no more, with one line and exit status 3, so that its supervisor starts another
 * one. It ends at once: after an {@code OutOfMemoryError} an orderly stop may hang.
 *
 * <p>An {@code OutOfMemoryError} may be caught anywhere: by the event loops, by futures, by Netty and Hazelcast. So this
 * watches every place that it can come to: threads, Vert.x, Hazelcast, and what anybody logs. {@code
 * -XX:+ExitOnOutOfMemoryError} does the same inside of the JVM, but cannot be set by a jar.
 */
final class ProcessEnd {
    private static final Logger LOG = LoggerFactory.getLogger(ProcessEnd.class);
    private static final int FAILED = 3;

    // Made now: later there may be no memory to make it.
    private static final byte[] OUT_OF_MEMORY =
            line("out of memory: the process ends with exit status 3 (expected: a larger heap, -Xmx)");
    private static final FileOutputStream ERR = new FileOutputStream(FileDescriptor.err);
    private static final AtomicBoolean ENDING = new AtomicBoolean();

    private ProcessEnd() {}

    private static byte[] line(String text) {
        return ("sse-bridge: " + text + System.lineSeparator()).getBytes(StandardCharsets.UTF_8);
    }

    /** Ends the process if the heap is exhausted, wherever that is noticed. Holds for the whole JVM. */
    static void whenOutOfMemory() {
        Thread.setDefaultUncaughtExceptionHandler((thread, failure) -> {
            endIfOutOfMemory(failure);
            LOG.error("Unhandled exception on thread {}", thread.getName(), failure);
        });
        LoggedExceptions.watch(ProcessEnd::endIfOutOfMemory);
        Cluster.onOutOfMemory(ProcessEnd::endIfOutOfMemory);
    }

    /** The same for what nobody handles on the event loops. */
    static void whenOutOfMemory(Vertx vertx) {
        vertx.exceptionHandler(failure -> {
            endIfOutOfMemory(failure);
            LOG.error("Unhandled exception", failure);
        });
    }

    private static void endIfOutOfMemory(Throwable failure) {
        if (NodeHealth.isOutOfMemory(failure)) {
            end(OUT_OF_MEMORY);
        }
    }

    /** Ends the process of a node that has failed. */
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
            // Without a standard error there is only the exit status.
        } finally {
            Runtime.getRuntime().halt(FAILED);
        }
    }
}
