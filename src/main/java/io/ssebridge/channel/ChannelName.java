package io.ssebridge.channel;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The name of a channel: 1 to 255 bytes of UTF-8 in segments separated by dots, compared byte for byte.
 *
 * @param value the name as text, for example {@code scores.final}
 */
public record ChannelName(String value) implements Comparable<ChannelName> {
    /** The longest name, in bytes of UTF-8. */
    public static final int MAX_BYTES = 255;

    /** The channel of a stream that does not name a channel. */
    public static final ChannelName DEFAULT = new ChannelName("sse");

    /**
     * Checks the name.
     *
     * @throws IllegalArgumentException if it is not a channel name; the message says what is wrong
     */
    public ChannelName {
        Segments.check("channel", value);
        int bytes = value.getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "channel: %d bytes (expected: at most %d bytes of UTF-8)".formatted(bytes, MAX_BYTES));
        }
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Segments.isPatternSyntax(c)) {
                throw new IllegalArgumentException(
                        "channel \"%s\": has '%s' (expected: no '*', '{' or '}')".formatted(value, c));
            }
        }
    }

    /** Returns the channel with this name; empty if it is not a channel name, for example because it is too long. */
    static Optional<ChannelName> find(String text) {
        try {
            return Optional.of(new ChannelName(text));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** Returns the parts between the dots: at least one, and each not empty. */
    public List<String> segments() {
        return Segments.split(value);
    }

    /**
     * Returns whether a text can be one whole segment of a name, as the value of a variable must be.
     *
     * @param text any text
     */
    public static boolean isSegment(String text) {
        return Segments.isSegment(text);
    }

    /** Returns a short hash of the name, as text. Different names may have the same hash. */
    public String hash() {
        return Integer.toHexString(value.hashCode());
    }

    @Override
    public int compareTo(ChannelName other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
