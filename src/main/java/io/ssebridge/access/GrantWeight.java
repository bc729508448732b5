package io.ssebridge.access;

import io.ssebridge.channel.ChannelPattern;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Estimates the heap memory of a grant. The estimate is rather too high than too low: a pattern of short segments takes
 * 30 times its text.
 */
final class GrantWeight {
    // The grant itself, its hashes, and its entries in two collections.
    private static final int GRANT = 640;
    private static final int PATTERN = 200;
    private static final int SEGMENT = 64;
    private static final int TEXT = 56;
    private static final int VALUE = 32;
    private static final int COLLECTION = 160;
    private static final int MAP_ENTRY = 56;

    private GrantWeight() {}

    static long bytes(Grant grant) {
        return GRANT
                + text(grant.subject())
                + patterns(grant.subscribe())
                + patterns(grant.publish())
                + patterns(grant.admin())
                + value(grant.properties());
    }

    private static long patterns(List<ChannelPattern> patterns) {
        long bytes = 0;
        for (ChannelPattern pattern : patterns) {
            String text = pattern.toString();
            long segments = 1 + text.chars().filter(c -> c == '.').count();
            long variables = pattern.variables().size();
            // Its text, and the same characters again in its segments and variables.
            bytes += PATTERN + 3 * text(text) + segments * SEGMENT + variables * (MAP_ENTRY + TEXT);
        }
        return bytes;
    }

    private static long text(String text) {
        return TEXT + 2L * text.length();
    }

    private static long value(@Nullable Object value) {
        if (value instanceof Map<?, ?> map) {
            long bytes = COLLECTION;
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                bytes += MAP_ENTRY + value(entry.getKey()) + value(entry.getValue());
            }
            return bytes;
        }
        if (value instanceof List<?> list) {
            long bytes = COLLECTION;
            for (Object each : list) {
                bytes += VALUE + value(each);
            }
            return bytes;
        }
        // A number may have a thousand digits.
        return value instanceof String || value instanceof Number ? text(value.toString()) : VALUE;
    }
}
