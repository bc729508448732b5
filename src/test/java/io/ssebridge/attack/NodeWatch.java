package io.ssebridge.attack;

import io.ssebridge.fault.Memory;
import io.ssebridge.testing.TestNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Looks into a node's process from outside. */
final class NodeWatch {
    private static final long TICKS_PER_SECOND = 100;
    private static final Pattern INSTANCES = Pattern.compile("(?m)^\\s*\\d+:\\s+(\\d+)\\s+\\d+\\s+(\\S+)");
    private static final Pattern STACK_TRACE = Pattern.compile("^\\s+at \\S+\\(|^Caused by: |Exception in thread");
    private static final Pattern ERROR = Pattern.compile("^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} ERROR ");
    private static final Pattern WARNED = Pattern.compile("^\\d\\d:\\d\\d:\\d\\d\\.\\d{3} (WARN|ERROR) ");

    // The types of an open stream, its seat in a channel, a channel of this node, and a channel that it leads.
    private static final List<String> COUNTED = List.of(
            "io.ssebridge.subscriber.Subscriber",
            "io.ssebridge.hub.Seat",
            "io.ssebridge.hub.Hub",
            "io.ssebridge.leader.LedChannel");

    private static final Pattern METRICS = Pattern.compile("metrics on (http://\\S+)");
    private static final Pattern METRIC = Pattern.compile("(?m)^(sse_\\S+(?:\\{.*\\})?) (\\S+)$");
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final TestNode node;
    private final long pid;
    private final URI metrics;

    NodeWatch(TestNode node) {
        this.node = node;
        this.pid = node.process().pid();
        this.metrics = URI.create(node.process().awaitLine(METRICS, PATIENCE).group(1));
        // A class that was renamed would be counted as none for ever.
        COUNTED.forEach(NodeWatch::exists);
    }

    private static void exists(String type) {
        try {
            Class.forName(type, false, NodeWatch.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new AssertionError("there is no class to count", e);
        }
    }

    /** How many objects of the counted classes are alive, by their simple names. */
    Map<String, Integer> alive() {
        Map<String, Integer> alive = new TreeMap<>();
        COUNTED.forEach(type -> alive.put(simple(type), 0));
        Matcher line = INSTANCES.matcher(Memory.jcmd(pid, "GC.class_histogram"));
        while (line.find()) {
            if (COUNTED.contains(line.group(2))) {
                alive.put(simple(line.group(2)), Integer.parseInt(line.group(1)));
            }
        }
        return alive;
    }

    private static String simple(String type) {
        return type.substring(type.lastIndexOf('.') + 1);
    }

    /** The bridge's own metrics. */
    Map<String, Double> metrics() {
        Map<String, Double> values = new TreeMap<>();
        Matcher metric =
                METRIC.matcher(node.send(HttpRequest.newBuilder(metrics).GET()).body());
        while (metric.find()) {
            values.put(metric.group(1), Double.parseDouble(metric.group(2)));
        }
        return values;
    }

    /** How many streams it takes for open. */
    int subscribers() {
        return metrics().getOrDefault("sse_subscribers", -1.0).intValue();
    }

    /** Its memory. */
    Memory memory() {
        return Memory.of(pid);
    }

    /** How many files and sockets it has open. */
    int descriptors() {
        return entries("fd");
    }

    /** How many threads it has. */
    int threads() {
        return entries("task");
    }

    private int entries(String directory) {
        try (Stream<Path> entries = Files.list(Path.of("/proc", Long.toString(pid), directory))) {
            return (int) entries.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How long it has had a processor so far. */
    Duration cpu() {
        try {
            String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
            // After the name, which may hold anything.
            String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            long ticks = Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
            return Duration.ofMillis(ticks * 1_000 / TICKS_PER_SECOND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** How many lines it has logged. */
    int lines() {
        return node.process().lines();
    }

    /** The log lines that no client may cause. */
    List<String> complaints() {
        return node.process().output().stream()
                .filter(line ->
                        STACK_TRACE.matcher(line).find() || ERROR.matcher(line).find())
                .limit(20)
                .toList();
    }

    /** The warnings and errors so far, for the report. */
    List<String> warnings() {
        return node.process().output().stream()
                .filter(line -> WARNED.matcher(line).find())
                .limit(20)
                .toList();
    }

    /** All lines so far. */
    List<String> output() {
        return node.process().output();
    }

    boolean isAlive() {
        return node.process().isAlive();
    }

    @Override
    public String toString() {
        return "%d descriptors, %d threads, %s, %s".formatted(descriptors(), threads(), memory(), alive());
    }
}
