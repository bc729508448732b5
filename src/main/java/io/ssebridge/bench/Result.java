package io.ssebridge.bench;

import io.vertx.core.json.JsonObject;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/**
 * What a run has shown.
 *
 * @param load what was asked
 * @param opened streams that opened
 * @param failed streams that did not, or ended early
 * @param openSeconds how long the opening of all took
 * @param openCpuSeconds what it cost the server
 * @param accepted events that the server took
 * @param refused events that it did not
 * @param received deliveries in the measured seconds, also of events that were due before
 * @param delivered deliveries of events that were due in the measured time
 * @param missing deliveries that never came
 * @param unfinished of these, those that may only have been late: none behind them came either
 * @param again deliveries that came once more, or out of order
 * @param resets notices of a {@code stream-reset}
 * @param earlyFaults what of these three there was before the measured seconds, in all
 * @param seconds from the first measured event to the last delivery
 * @param cpuSeconds CPU time of the server in these
 * @param ownCpuSeconds CPU time of the load generator in these
 * @param idleBytes resident memory of the server before
 * @param openBytes with all streams open
 * @param endBytes after the last event
 * @param longestSilence nanoseconds for which an open stream that reads got nothing at all, no heartbeat either
 * @param latencies nanoseconds from when an event was due to its receipt
 * @param answers nanoseconds from when an event was due to the server's answer
 * @param failure one of the failures, for a hint; empty: none
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
        long longestSilence,
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
        values.put("silenceMaxMillis", round(longestSilence / MILLI));
        values.put("idleMegabytes", round(idleBytes / 1e6));
        values.put("openMegabytes", round(openBytes / 1e6));
        values.put("endMegabytes", round(endBytes / 1e6));
        values.put("bytesPerSubscriber", (openBytes - idleBytes) / Math.max(1, opened));
        return values;
    }

    /** All of it as JSON, one line. */
    public JsonObject toJson() {
        return new JsonObject(values()).put("failure", failure);
    }

    /** All of it for the eye. */
    public String toTable() {
        String table = values().entrySet().stream()
                .map(each -> String.format(Locale.ROOT, "%-22s %s", each.getKey(), each.getValue()))
                .collect(Collectors.joining(System.lineSeparator()));
        return failure.isEmpty() ? table : table + System.lineSeparator() + "a failure: " + failure;
    }

    /** Whether each event was received once and in order by all. */
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
