package io.ssebridge.fault;

import io.ssebridge.testing.ChildProcess;
import io.ssebridge.testing.Eventually;
import io.ssebridge.testing.Pause;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Many subscribers, in as many processes as they need descriptors. */
final class Crowd implements AutoCloseable {
    // A process has 20,000 descriptors where the limits of the system are usual.
    private static final int PER_PROCESS = 18_000;
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration ANSWER = Duration.ofSeconds(60);
    private static final Duration BETWEEN_REPORTS = Duration.ofMillis(Bound.isLong() ? 1_000 : 100);
    private static final Pattern JSON = Pattern.compile("^\\{.*}$");

    private final int count;
    private final List<ChildProcess> processes = new ArrayList<>();

    /**
     * How it goes.
     *
     * @param open streams that are open
     * @param complete subscribers that have all events
     * @param flaws events that were not the next one
     * @param resets of all streams
     * @param silentNanos the longest time without an event for a stream that stayed open
     * @param awayNanos the longest time without an event for a subscriber that came back
     * @param findings some flaws of answers and framing
     */
    record Report(
            long open,
            long complete,
            long flaws,
            long resets,
            long silentNanos,
            long awayNanos,
            List<String> findings) {}

    Crowd(int count, int channels, List<URI> nodes) {
        this.count = count;
        for (int first = 0; first < count; first += PER_PROCESS) {
            List<String> arguments = new ArrayList<>(List.of(
                    "-Xmx768m",
                    "-XX:+UseSerialGC",
                    "-cp",
                    System.getProperty("java.class.path"),
                    CrowdProcess.class.getName(),
                    Integer.toString(first),
                    Integer.toString(channels)));
            nodes.forEach(node -> arguments.add(node.toString()));
            processes.add(ChildProcess.start(
                    "crowd from " + first, Path.of("").toAbsolutePath(), Map.of(), ChildProcess.java(arguments)));
        }
    }

    /** Opens all streams. */
    void open() {
        Eventually.holds("all streams", PATIENCE, () -> {
            List<String> commands = new ArrayList<>();
            for (int i = 0; i < processes.size(); i++) {
                commands.add("open " + Math.min(PER_PROCESS, count - i * PER_PROCESS));
            }
            return ask(commands).stream()
                            .mapToLong(each -> each.getLong("open"))
                            .sum()
                    == count;
        });
    }

    /** Begins to measure the silences. */
    void mark() {
        ask("mark");
    }

    /** How it goes, if the first events up to these numbers were published. */
    Report report(int ofAll, int ofFew) {
        List<JsonObject> answers = ask("report %d %d".formatted(ofAll, ofFew));
        return new Report(
                sum(answers, "open"),
                sum(answers, "complete"),
                sum(answers, "flaws"),
                sum(answers, "resets"),
                max(answers, "silentNanos"),
                max(answers, "awayNanos"),
                answers.stream()
                        .map(each -> each.getJsonArray("findings"))
                        .flatMap(JsonArray::stream)
                        .map(Object::toString)
                        .toList());
    }

    /** Waits until each subscriber has a stream. */
    void awaitOpen() {
        Eventually.see("all streams again", PATIENCE, () -> rarely(0, 0), report -> report.open() == count);
    }

    /** Waits until each subscriber has these events, or more, of both channels. */
    void awaitComplete(int ofAll, int ofFew) {
        Eventually.see("all events", PATIENCE, () -> rarely(ofAll, ofFew), report -> report.complete() == count);
    }

    /** Asks after a pause: the processes look at each subscriber, which takes time from the nodes. */
    private Report rarely(int ofAll, int ofFew) {
        Pause.of(BETWEEN_REPORTS);
        return report(ofAll, ofFew);
    }

    /** Waits until each subscriber has an event of all, and answers when the last one had it, as {@link System#nanoTime} says. */
    long awaitSeen(int number) {
        Eventually.holds("event " + number, PATIENCE, () -> sum(ask("seen " + number), "received") == count);
        return max(ask("seen " + number), "lastNanos");
    }

    private List<JsonObject> ask(String command) {
        return ask(processes.stream().map(each -> command).toList());
    }

    private List<JsonObject> ask(List<String> commands) {
        int[] known = new int[processes.size()];
        for (int i = 0; i < known.length; i++) {
            known[i] = processes.get(i).lines();
            processes.get(i).writeLine(commands.get(i));
        }
        List<JsonObject> answers = new ArrayList<>();
        for (int i = 0; i < known.length; i++) {
            answers.add(new JsonObject(
                    processes.get(i).awaitLine(known[i], JSON, ANSWER).group()));
        }
        return answers;
    }

    private static long sum(List<JsonObject> answers, String key) {
        return longs(answers, key).reduce(0L, Long::sum);
    }

    private static long max(List<JsonObject> answers, String key) {
        return longs(answers, key).reduce(0L, Math::max);
    }

    private static Stream<Long> longs(List<JsonObject> answers, String key) {
        return answers.stream().map(each -> each.getLong(key));
    }

    @Override
    public void close() {
        processes.forEach(ChildProcess::close);
    }
}
