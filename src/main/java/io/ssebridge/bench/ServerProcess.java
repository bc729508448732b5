package io.ssebridge.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongBinaryOperator;

/**
 * The CPU time and memory of the measured processes, as Linux counts them in <a
 * href="https://man7.org/linux/man-pages/man5/proc.5.html">/proc</a>.
 *
 * @param pids the ids of the processes
 */
record ServerProcess(List<Long> pids) {
    // USER_HZ, which is the same on all usual platforms of Linux.
    private static final double TICKS_PER_SECOND = 100;
    private static final int USER_TIME = 11;
    private static final int SYSTEM_TIME = 12;

    /**
     * Checks that the processes exist.
     *
     * @throws IllegalArgumentException if a process does not exist
     */
    ServerProcess {
        for (long pid : pids) {
            if (!Files.isReadable(Path.of("/proc", Long.toString(pid), "stat"))) {
                throw new IllegalArgumentException("--pid: %d (expected: a running process of Linux)".formatted(pid));
            }
        }
    }

    /** Returns the CPU time of all threads so far, in seconds. */
    double cpuSeconds() {
        double ticks = 0;
        for (long pid : pids) {
            // The second field is a name in parentheses that may contain any character.
            String stat = read(pid, "stat");
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            ticks += Long.parseLong(fields[USER_TIME]) + Long.parseLong(fields[SYSTEM_TIME]);
        }
        return ticks / TICKS_PER_SECOND;
    }

    /**
     * Returns the resident memory in bytes. Memory that several processes may share (files and shared memory) counts
     * once.
     */
    long residentBytes() {
        return 1024
                * (kilobytes("RssAnon:", Long::sum)
                        + kilobytes("RssFile:", Math::max)
                        + kilobytes("RssShmem:", Math::max));
    }

    private long kilobytes(String field, LongBinaryOperator together) {
        return pids.stream()
                .flatMap(pid -> read(pid, "status").lines())
                .filter(line -> line.startsWith(field))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .reduce(0, together);
    }

    private static String read(long pid, String file) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), file));
        } catch (IOException e) {
            throw new IllegalStateException("process %d has ended".formatted(pid), e);
        }
    }
}
