import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Turns the results of {@code compare.sh} into a page: medians over the rounds, and how they compare.
 *
 * <p>{@code java -cp target/sse-bridge.jar src/bench/java/CompareReport.java RESULTS FACTS}: one JSON object a line, and
 * lines of {@code what: value}.
 */
public final class CompareReport {
    private static final String CPU = "cpuMicrosPerDelivery";
    private static final String P50 = "latencyP50Millis";
    private static final String P99 = "latencyP99Millis";
    private static final String RATE = "deliveriesPerSecond";
    private static final String OWN = "ownCpuMicrosPerDelivery";
    private static final String BARE = "bare";
    private static final String REDIS = "nchan-redis";
    private static final List<String> NCHAN = List.of("nchan-1", "nchan-2");

    private static final Map<String, String> SCENARIOS = new LinkedHashMap<>();

    static {
        SCENARIOS.put("S1-1000", "One channel, 1,000 subscribers, 10 events/s");
        SCENARIOS.put("S1-5000", "One channel, 5,000 subscribers, 10 events/s");
        SCENARIOS.put("S1-10000", "One channel, 10,000 subscribers, 10 events/s");
        SCENARIOS.put("S2a", "One channel, 100 subscribers, 1,000 events/s");
        SCENARIOS.put("S2b", "One channel, 100 subscribers, 20,000 events/s offered: 2,000,000 deliveries/s");
        for (String rate : List.of("1,000", "5,000", "20,000")) {
            SCENARIOS.put(
                    "S3-" + rate.replace(",", ""),
                    "5,000 channels of one subscriber, %s events/s in all, each acknowledged".formatted(rate));
        }
        SCENARIOS.put("S4-one", "10,000 idle subscribers on one channel");
        SCENARIOS.put("S4-each", "10,000 idle subscribers on 10,000 channels");
        SCENARIOS.put("S5-none", "30 subscribers that read, 500 events/s of 4 kB");
        SCENARIOS.put("S5-stalled", "The same 30 subscribers, and 10 more that never read");
        SCENARIOS.put("S6", "Two nodes with 5,000 subscribers each, 10 events/s from the event bus");
        SCENARIOS.put(
                "S7-first",
                "10,000 streams open, each with a token of its own and 20 events to catch up with; a fresh node");
        SCENARIOS.put("S7-again", "The same, for the third time at one node");
        SCENARIOS.put(
                "S8-one", "5,000 requests/s over the event bus from another JVM, on one channel of one subscriber");
        SCENARIOS.put("S8-each", "The same, on 5,000 channels of one subscriber");
        SCENARIOS.put(
                "S9-first",
                "The first ten seconds of a fresh server: 100 channels of one subscriber, 1,000 events/s in all");
        SCENARIOS.put("S9-next", "The same, in the ten seconds after them");
    }

    private final Map<String, Map<String, List<JsonObject>>> runs = new LinkedHashMap<>();
    private final StringBuilder page = new StringBuilder();

    private CompareReport(Stream<JsonObject> results) {
        results.forEach(result -> runs.computeIfAbsent(result.getString("scenario"), first -> new LinkedHashMap<>())
                .computeIfAbsent(result.getString("server"), first -> new ArrayList<>())
                .add(result));
    }

    /**
     * Prints the page.
     *
     * @param arguments the file of results, the file of facts
     */
    public static void main(String[] arguments) throws IOException {
        try (Stream<String> results = Files.lines(Path.of(arguments[0]))) {
            System.out.print(
                    new CompareReport(results.map(JsonObject::new)).page(Files.readAllLines(Path.of(arguments[1]))));
        }
    }

    private String page(List<String> facts) {
        line("# Benchmarks");
        line("");
        line(
                "`src/bench/compare.sh` measures and writes this page. It runs every scenario against every server in turn, on loopback, with a fresh process for every run.");
        line(
                "Servers in Java first warm up for 25 s with the same load, except in S4, S7-first and S9; for S9-next only with S9-first. In S1 they warm up with 100,000 deliveries per second, for all sizes.");
        line(
                "The load comes from `java -jar target/sse-bridge.jar bench`. This tool publishes at a fixed rate, however fast the server is. It counts latency from the time when an event was due, and checks that every subscriber got every event once. It shares the machine with the server; *tool* is its own CPU time.");
        line("");
        line(
                "- **bridge**: one clustered node that keeps 256 events for 10 minutes; **bridge-alone**: the same with `--standalone`.");
        line(
                "- **nchan-1**, **nchan-2**: nginx with nchan, 1 and 2 workers. They keep as many events in shared memory. **nchan-redis**: 2 workers and a Redis of their own, without persistence, which keeps the events outside the web server's processes; all three count.");
        line(
                "- **bare**: `src/bench/java/BareWriter.java`, one thread that only writes prepared bytes: the cost of the kernel alone. **bare-5ms** gathers for 5 ms and writes once.");
        line("");
        line("Most figures are medians over the rounds. These are sums:");
        line("");
        line(
                "- *missing*: deliveries that never came; in parentheses, those of them that were only late at the end of the run");
        line("- *duplicates*: deliveries that came twice");
        line("- *resets*: streams that were told of a loss");
        line("- *refused*: events that the server refused, or had no time for");
        line(
                "- *before*: missing deliveries, duplicates and resets in the seconds before the measurement, while the tool itself, which is in Java too, warms up");
        line("");
        line(
                "*× nchan* and *× bare* are ratios to the better of nchan-1 and nchan-2, and to bare; *× redis* to nchan-redis: below 1 is less than theirs. Memory that several processes share counts once. The kernel's socket buffers do not count.");
        line("");
        row("", "");
        row("---", "---");
        facts.stream().map(fact -> fact.split(": ", 2)).forEach(fact -> row(fact[0], fact[1]));
        for (Map.Entry<String, String> scenario : SCENARIOS.entrySet()) {
            if (runs.containsKey(scenario.getKey())) {
                line("");
                line("## " + scenario.getKey() + ": " + scenario.getValue());
                line("");
                table(scenario.getKey());
            }
        }
        return page.toString();
    }

    private void table(String scenario) {
        if (scenario.startsWith("S4")) {
            memory(scenario);
        } else if (scenario.startsWith("S7")) {
            opening(scenario);
        } else {
            deliveries(scenario);
        }
        if (scenario.equals("S7-again")) {
            line("");
            line(
                    "*Longest silence*: the longest time in which any open stream got no byte, while the others opened and in the five seconds after. Every stream is due a heartbeat each 2 s at the latest.");
        }
        if (scenario.equals("S5-stalled")) {
            line("");
            line("The cost of those ten for the thirty:");
            line("");
            stalled();
        }
    }

    private void deliveries(String scenario) {
        header(
                "Server",
                "CPU, µs/delivery",
                "× nchan",
                "× redis",
                "× bare",
                "p50, ms",
                "p99, ms",
                "p99 × nchan",
                "Deliveries/s",
                "Missing (late) / duplicates / resets",
                "Refused",
                "Memory, MB",
                "Tool, µs");
        each(
                scenario,
                (server, results) -> row(
                        server,
                        number(median(results, CPU)),
                        toNchan(scenario, server, CPU),
                        ratio(median(results, CPU), of(scenario, REDIS, CPU)),
                        ratio(median(results, CPU), of(scenario, BARE, CPU)),
                        latency(results, P50),
                        latency(results, P99),
                        toNchan(scenario, server, P99),
                        number(median(results, RATE)),
                        faults(results),
                        sum(results, "refused"),
                        number(median(results, "endMegabytes")),
                        number(median(results, OWN))));
    }

    private void memory(String scenario) {
        header(
                "Server",
                "Before, MB",
                "With all streams, MB",
                "Bytes per subscriber",
                "× nchan",
                "× bare",
                "Streams failed");
        each(
                scenario,
                (server, results) -> row(
                        server,
                        number(median(results, "idleMegabytes")),
                        number(median(results, "openMegabytes")),
                        number(median(results, "bytesPerSubscriber")),
                        toNchan(scenario, server, "bytesPerSubscriber"),
                        ratio(median(results, "bytesPerSubscriber"), of(scenario, BARE, "bytesPerSubscriber")),
                        sum(results, "streamsFailed")));
    }

    private void opening(String scenario) {
        header(
                "Server",
                "CPU, µs/stream",
                "Streams per CPU second",
                "Seconds for all",
                "Longest silence, ms",
                "Missing (late) / duplicates / resets",
                "Streams failed");
        each(scenario, (server, results) -> {
            double micros = median(results, "openMicrosPerStream");
            row(
                    server,
                    number(micros),
                    number(1e6 / micros),
                    number(median(results, "openSeconds")),
                    number(median(results, "silenceMaxMillis")),
                    faults(results),
                    sum(results, "streamsFailed"));
        });
    }

    private void stalled() {
        header("Server", "CPU per delivery", "p99", "Growth of memory, MB", "Without them, MB");
        each("S5-stalled", (server, results) -> {
            List<JsonObject> without = runs.getOrDefault("S5-none", Map.of()).getOrDefault(server, List.of());
            if (!without.isEmpty()) {
                row(
                        server,
                        ratio(median(results, CPU), OptionalDouble.of(median(without, CPU))),
                        ratio(median(results, P99), OptionalDouble.of(median(without, P99))),
                        number(median(results, CompareReport::growth)),
                        number(median(without, CompareReport::growth)));
            }
        });
    }

    private static double growth(JsonObject result) {
        return result.getDouble("endMegabytes") - result.getDouble("openMegabytes");
    }

    private interface Row {
        void of(String server, List<JsonObject> results);
    }

    private void each(String scenario, Row row) {
        runs.getOrDefault(scenario, Map.of()).forEach(row::of);
    }

    private String toNchan(String scenario, String server, String key) {
        if (NCHAN.contains(server)) {
            return "";
        }
        if (key.startsWith("latency") && of(scenario, server, "delivered").orElse(1) == 0) {
            return "";
        }
        OptionalDouble best = NCHAN.stream()
                .map(nchan -> of(scenario, nchan, key))
                .flatMapToDouble(OptionalDouble::stream)
                .min();
        return of(scenario, server, key).stream()
                .mapToObj(value -> ratio(value, best))
                .findFirst()
                .orElse("");
    }

    private OptionalDouble of(String scenario, String server, String key) {
        List<JsonObject> results = runs.getOrDefault(scenario, Map.of()).getOrDefault(server, List.of());
        return results.isEmpty() ? OptionalDouble.empty() : OptionalDouble.of(median(results, key));
    }

    private static double median(Collection<JsonObject> results, String key) {
        return median(results, result -> result.getDouble(key));
    }

    private static double median(Collection<JsonObject> results, Function<JsonObject, Double> value) {
        double[] sorted = results.stream()
                .map(value)
                .mapToDouble(Double::doubleValue)
                .sorted()
                .toArray();
        return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
    }

    private static String faults(Collection<JsonObject> results) {
        return "%s (%s) / %s / %s; before: %s"
                .formatted(
                        sum(results, "missing"),
                        sum(results, "unfinished"),
                        sum(results, "again"),
                        sum(results, "resets"),
                        sum(results, "earlyFaults"));
    }

    private static String sum(Collection<JsonObject> results, String key) {
        return String.format(
                Locale.ROOT,
                "%,d",
                results.stream().mapToLong(result -> result.getLong(key, 0L)).sum());
    }

    private static String ratio(double value, OptionalDouble base) {
        return base.isPresent() && base.getAsDouble() > 0
                ? String.format(Locale.ROOT, "%.2f", value / base.getAsDouble())
                : "";
    }

    // Without a delivery in time, the latency is unknown, and certainly not 0.
    private static String latency(Collection<JsonObject> results, String key) {
        return median(results, "delivered") > 0 ? number(median(results, key)) : "–";
    }

    private static String number(double value) {
        double size = Math.abs(value);
        return String.format(
                Locale.ROOT, size >= 100 ? "%,.0f" : size >= 10 ? "%.1f" : size >= 1 ? "%.2f" : "%.3f", value);
    }

    private void header(String... names) {
        row(names);
        row(Arrays.stream(names)
                .map(name -> name.equals("Server") ? "---" : "---:")
                .toArray(String[]::new));
    }

    private void row(String... cells) {
        line("| " + String.join(" | ", cells) + " |");
    }

    private void line(String text) {
        page.append(text).append('\n');
    }
}
