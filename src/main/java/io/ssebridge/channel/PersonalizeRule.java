package io.ssebridge.channel;

import io.ssebridge.config.OneLine;
import io.ssebridge.config.Range;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;

/**
 * The part of a rule that says which service makes the data of each event for readers with different properties.
 *
 * @param by the names of the properties that decide about the data; {@code sub} stands for the subject
 * @param address the bus address of the service
 * @param timeout how long a question to the service may take; 500 ms by default
 * @param onFailure what readers get of an event if the service does not answer
 */
public record PersonalizeRule(List<String> by, String address, Duration timeout, Failure onFailure) {
    /** The default of {@code timeout}. */
    public static final Duration DEFAULT_TIMEOUT = Duration.ofMillis(500);

    // At most half of the time after which the bridge assumes that an answer is lost.
    static final Range<Duration> TIMEOUTS = Range.ofDurations(Duration.ofMillis(1), Duration.ofSeconds(5));

    private static final int MAX_NAMES = 16;

    /** What readers get of an event if the service does not answer; lower case in the configuration. */
    public enum Failure {
        /** Nothing. */
        WITHHOLD,
        /** The data as it was published. */
        PLAIN;

        static Failure of(String text) {
            return Arrays.stream(values())
                    .filter(failure -> failure.text().equals(text))
                    .findFirst()
                    .orElseThrow(
                            () -> new IllegalArgumentException(OneLine.quote(text) + " (expected: withhold or plain)"));
        }

        /** Returns the word of the configuration. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message begins with its key
     */
    public PersonalizeRule {
        by = List.copyOf(by);
        if (by.isEmpty() || by.size() > MAX_NAMES || new HashSet<>(by).size() < by.size()) {
            throw new IllegalArgumentException(
                    "by: %s (expected: 1 to %d different names of properties, or sub)".formatted(by, MAX_NAMES));
        }
        if (address.isEmpty()) {
            throw new IllegalArgumentException("address: is missing (expected: the address of a service)");
        }
        if (ReservedAddresses.contains(address)) {
            throw new IllegalArgumentException(
                    "address: %s is reserved (%s)".formatted(address, ReservedAddresses.EXPECTED));
        }
        TIMEOUTS.check("timeout", timeout);
    }

    /** Returns whether readers get the data as it was published if the service does not answer. */
    public boolean isPlainOnFailure() {
        return onFailure == Failure.PLAIN;
    }

    /** Returns the rule as the section {@code personalize}, with the keys of the configuration. */
    JsonObject toJson() {
        return new JsonObject()
                .put("by", new JsonArray(by))
                .put("address", address)
                .put("timeout", TIMEOUTS.write(timeout))
                .put("onFailure", onFailure.text());
    }
}
