package io.ssebridge.fault;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The memory of a node, after a collection.
 *
 * @param heapKilobytes the live objects on the heap
 * @param outsideKilobytes buffers outside of it
 * @param residentKilobytes the whole process, as the system counts it
 */
public record Memory(long heapKilobytes, long outsideKilobytes, long residentKilobytes) {
    /** The option for java with which the node can tell. */
    public static final String COUNTED = "-XX:NativeMemoryTracking=summary";

    // Counts live objects. The heap's own figure includes all objects that were dropped since its collection.
    private static final Pattern ALIVE = Pattern.compile("(?m)^Total\\s+\\d+\\s+(\\d+)$");
    // Here Java counts all memory for buffers, however it is allocated.
    private static final Pattern OTHER = Pattern.compile("-\\s+Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");
    private static final Pattern RESIDENT = Pattern.compile("VmRSS:\\s+(\\d+) kB");

    /**
     * Has a node collect its garbage, and looks.
     *
     * @param pid of its process
     */
    public static Memory of(long pid) {
        // A cleaner frees the memory that this collection finds; the next collection goes before the count.
        jcmd(pid, "GC.run");
        return new Memory(
                sum(ALIVE, jcmd(pid, "GC.class_histogram")) / 1_024,
                sum(OTHER, jcmd(pid, "VM.native_memory", "summary")),
                sum(RESIDENT, status(pid)));
    }

    private static long sum(Pattern figure, String text) {
        Matcher found = figure.matcher(text);
        long sum = 0;
        while (found.find()) {
            sum += Long.parseLong(found.group(1));
        }
        assertThat(sum).as("%s in %s", figure, text).isPositive();
        return sum;
    }

    private static String status(long pid) {
        try {
            return Files.readString(Path.of("/proc", Long.toString(pid), "status"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The answer of a JVM to a command.
     *
     * @param pid of its process
     * @param arguments the command
     */
    public static String jcmd(long pid, String... arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "jcmd").toString());
        command.add(Long.toString(pid));
        command.addAll(List.of(arguments));
        try {
            Process process =
                    new ProcessBuilder(command).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(process.waitFor()).as(output).isZero();
            return output;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }

    @Override
    public String toString() {
        return "heap %,d KB, outside %,d KB, process %,d KB"
                .formatted(heapKilobytes, outsideKilobytes, residentKilobytes);
    }
}
