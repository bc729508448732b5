package io.ssebridge.bench;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * The result of a run.
 *
 * @param load the load of the run
 * @param opened the number of streams that opened
 * @param failed the number of streams that did not open, or ended early
 * @param openSeconds the time in which all streams opened
 * @param openCpuSeconds CPU time of the server for opening all streams
 * @param accepted the number of events that the server accepted
 * @param refused the number of events that the server did not accept
 * @param received deliveries in the measured seconds, including events that were due before
 * @param delivered deliveries of events that were due in the measured time
 * @param missing deliveries that never arrived
 * @param unfinished the part of {@code missing} that may only have been late: no later event arrived either
 * @param again duplicate deliveries, and deliveries out of order
 * @param resets notices of a {@code stream-reset}
 * @param earlyFaults the sum of these three before the measured seconds
 * @param seconds the time from the first measured event to the last delivery
 * @param cpuSeconds CPU time of the server in these seconds
 * @param ownCpuSeconds CPU time of the load generator in these seconds
 * @param idleBytes resident memory of the server before the run
 * @param openBytes resident memory of the server with all streams open
 * @param endBytes resident memory of the server after the last event
 * @param longestSilenceNanos the longest time in nanoseconds in which an open stream that reads received nothing, not even a
 *     heartbeat
 * @param latencies nanoseconds from the time at which an event was due to its arrival
 * @param answers nanoseconds from the time at which an event was due to the answer of the server
 * @param failure the text of one of the failures, or an empty text
 */
public record Result(
        Load load,
        long opened,
        long failed,
        double openSeconds,
        double openCpuSeconds,
        long accepted,
        long refused,
        long received,
        long delivered,
        long missing,
        long unfinished,
        long again,
        long resets,
        long earlyFaults,
        double seconds,
        double cpuSeconds,
        double ownCpuSeconds,
        long idleBytes,
        long openBytes,
        long endBytes,
        long longestSilenceNanos,
        Histogram latencies,
        Histogram answers,
        String failure) {
    private static final double MILLI = 1e6;

    private Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("subscribers", load.subscribers());
        values.put("channels", load.channels());
        values.put("rate", load.rate());
        values.put("size", load.size());
        values.put("stalled", load.stalled());
        values.put("opened", opened);
        values.put("streamsFailed", failed);
        values.put("openSeconds", round(openSeconds));
        values.put("openMicrosPerStream", round(1e6 * openCpuSeconds / Math.max(1, opened)));
        values.put("accepted", accepted);
        values.put("refused", refused);
        values.put("delivered", delivered);
        values.put("missing", missing);
        values.put("unfinished", unfinished);
        values.put("again", again);
        values.put("resets", resets);
        values.put("earlyFaults", earlyFaults);
        values.put("seconds", round(seconds));
        values.put("deliveriesPerSecond", Math.round(received / Math.max(1e-9, seconds)));
        values.put("cpuSeconds", round(cpuSeconds));
        values.put("cpuMicrosPerDelivery", round(1e6 * cpuSeconds / Math.max(1, received)));
        values.put("ownCpuMicrosPerDelivery", round(1e6 * ownCpuSeconds / Math.max(1, received)));
        values.put("latencyP50Millis", percentile(latencies, 50));
        values.put("latencyP99Millis", percentile(latencies, 99));
        values.put("latencyMaxMillis", percentile(latencies, 100));
        values.put("answerP50Millis", percentile(answers, 50));
        values.put("answerP99Millis", percentile(answers, 99));
        values.put("silenceMaxMillis", round(longestSilenceNanos / MILLI));
        values.put("idleMegabytes", round(idleBytes / 1e6));
        values.put("openMegabytes", round(openBytes / 1e6));
        values.put("endMegabytes", round(endBytes / 1e6));
        values.put("bytesPerSubscriber", (openBytes - idleBytes) / Math.max(1, opened));
        return values;
    }

    /** Returns the whole result as JSON. */
    public JsonObject toJson() {
        return new JsonObject(values()).put("failure", failure);
    }

    /** Returns the whole result as a table for people. */
    public String toTable() {
        String table = values().entrySet().stream()
                .map(each -> String.format(Locale.ROOT, "%-22s %s", each.getKey(), each.getValue()))
                .collect(Collectors.joining(System.lineSeparator()));
        return failure.isEmpty() ? table : table + System.lineSeparator() + "a failure: " + failure;
    }

    /**
     * Returns whether all streams stayed open, all events were accepted, and every stream received each event once and
     * in order.
     */
    public boolean isFlawless() {
        return missing == 0 && again == 0 && earlyFaults == 0 && failed == 0 && refused == 0;
    }

    private static double percentile(Histogram histogram, double percent) {
        return round(histogram.getValueAtPercentile(percent) / MILLI);
    }

    private static double round(double value) {
        return Math.round(value * 1_000) / 1_000.0;
    }
}
