package io.ssebridge.meters;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * The metrics of the channels of rules with {@code metrics: true}.
 *
 * <p>Each channel of a rule without variables has its own. Of the other channels, the first {@value #MAX_NAMES} have their own, and
 * all later ones share one label. A name stays until the node stops. So clients cannot make more time series, whatever channels they
 * open.
 *
 * <p>Any thread.
 */
public final class ChannelMeters {
    /** The largest number of channels with metrics of their own, all rules with variables or wildcards together. */
    static final int MAX_NAMES = 100;

    /** The label that all later channels share. No channel can have this name. */
    static final String OTHERS = "*";

    private final ChannelRules rules;
    private final MeterRegistry meters;
    private final Map<String, ChannelMeter> byLabel = new ConcurrentHashMap<>();
    private final Set<String> names = ConcurrentHashMap.newKeySet();
    private final AtomicInteger left = new AtomicInteger(MAX_NAMES);

    /**
     * Creates the metrics; no channel has any yet.
     *
     * @param rules say which channels have metrics
     * @param meters the metrics of the node
     */
    public ChannelMeters(ChannelRules rules, MeterRegistry meters) {
        this.rules = rules;
        this.meters = meters;
    }

    /**
     * Returns the meter of a channel. Call it when the channel comes into use, not for each event.
     *
     * @param name the channel
     * @return null: its rule does not ask for metrics
     */
    public @Nullable ChannelMeter find(ChannelName name) {
        if (!rules.areMeasured()) {
            return null;
        }
        ChannelRule rule = rules.findNow(name).orElse(null);
        if (rule == null || !rule.metrics()) {
            return null;
        }
        boolean own = rule.channel().isLiteral() || hasName(name.value());
        return byLabel.computeIfAbsent(own ? name.value() : OTHERS, label -> new ChannelMeter(label, meters));
    }

    private boolean hasName(String name) {
        if (names.contains(name)) {
            return true;
        }
        if (left.getAndUpdate(room -> Math.max(0, room - 1)) == 0) {
            return false;
        }
        if (!names.add(name)) {
            // Another event loop was first.
            left.incrementAndGet();
        }
        return true;
    }
}
