package io.ssebridge.event;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The events that a reader gets. Immutable.
 *
 * @param names the names of the events that it wants, where {@value Event#DEFAULT_NAME} stands for events without a
 *     name; empty: all events
 * @param profile decides about events that are only for some readers; null: the reader is part of the bridge, or trusted
 *     by it, and gets all of them
 */
public record EventFilter(Set<String> names, @Nullable Profile profile) {
    /** Accepts all events that every reader gets. */
    public static final EventFilter ANONYMOUS = new EventFilter(Set.of(), Profile.ANONYMOUS);

    /** Accepts all events, also those that are only for some readers. */
    public static final EventFilter EVERYTHING = new EventFilter(Set.of(), null);

    // Each stream keeps its names in memory.
    private static final int MAX_NAMES = 16;
    private static final int MAX_BYTES = 1_024;

    /**
     * Checks the names.
     *
     * @throws IllegalArgumentException if there are too many, or if one of them cannot be the name of a published event
     */
    public EventFilter {
        names = Set.copyOf(names);
        if (names.size() > MAX_NAMES) {
            throw new IllegalArgumentException(
                    "event: %d names (expected: at most %d)".formatted(names.size(), MAX_NAMES));
        }
        int bytes = 0;
        for (String name : names) {
            Event.checkName(name);
            Event.checkPublished(name);
            bytes += name.getBytes(StandardCharsets.UTF_8).length;
        }
        if (bytes > MAX_BYTES) {
            throw new IllegalArgumentException(
                    "event: names of %d bytes (expected: at most %d in all)".formatted(bytes, MAX_BYTES));
        }
    }

    /**
     * Accepts all events that a reader may see.
     *
     * @param profile what is known of the reader
     */
    public static EventFilter of(Profile profile) {
        return new EventFilter(Set.of(), profile);
    }

    /**
     * Returns this filter for another reader.
     *
     * @param other what is known of that reader; null: it gets the events for all readers
     */
    public EventFilter with(@Nullable Profile other) {
        return new EventFilter(names, other);
    }

    /** Tells whether it accepts events with any name. */
    public boolean hasAllNames() {
        return names.isEmpty();
    }

    /**
     * Tells whether the reader gets an event.
     *
     * @param event the event
     */
    public boolean accepts(Event event) {
        return (names.isEmpty() || wants(event.type())) && maySee(event.selector());
    }

    /**
     * Tells whether the reader wants events with a name.
     *
     * @param type the name, or {@value Event#DEFAULT_NAME} for events without one
     */
    public boolean wants(String type) {
        return names.isEmpty() || names.contains(type);
    }

    /**
     * Tells whether the reader may see events with a selector.
     *
     * @param selector the selector; null: every reader may see the event
     */
    public boolean maySee(@Nullable Selector selector) {
        return selector == null || profile == null || selector.selects(profile);
    }
}
