package io.ssebridge.channel;

import io.ssebridge.config.OneLine;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The part of a rule that says what callers may know about the subscribers of a channel.
 *
 * @param kind how much they may know
 * @param lifecycle whether changes are told on {@code sse.lifecycle}
 * @param of channels with members: the arrivals and departures of these members are the events of this channel. Null: others
 *     publish its events
 */
public record PresenceRule(
        Kind kind, boolean lifecycle, @Nullable ChannelPattern of) {
    /** The number of subscribers is known, and the first and last one are told. */
    public static final PresenceRule DEFAULT = new PresenceRule(Kind.COUNT, true, null);

    /** Nothing is known or told. */
    public static final PresenceRule NOTHING = new PresenceRule(Kind.NONE, false, null);

    /** How much callers may know; lower case in the configuration. */
    public enum Kind {
        /** Nothing. */
        NONE,
        /** The number of subscribers. */
        COUNT,
        /** The number of subscribers, and the subjects. */
        MEMBERS;

        /**
         * Reads a kind.
         *
         * @throws IllegalArgumentException if the word is not a kind
         */
        static Kind of(String text) {
            return Arrays.stream(values())
                    .filter(kind -> kind.text().equals(text))
                    .findFirst()
                    .orElseThrow(() ->
                            new IllegalArgumentException(OneLine.quote(text) + " (expected: none, count or members)"));
        }

        /** Returns the kind as the configuration writes it. */
        String text() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Returns whether callers may know the subjects. */
    public boolean hasMembers() {
        return kind == Kind.MEMBERS;
    }
}
