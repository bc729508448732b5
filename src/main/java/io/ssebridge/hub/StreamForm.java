package io.ssebridge.hub;

import io.ssebridge.event.EventFilter;
import io.ssebridge.event.Profile;

/**
 * The form in which one stream gets its events.
 *
 * @param envelope what surrounds the data of each event
 * @param filter the events that the stream gets
 * @param heartbeats whether silence is broken by an event with the stream's current id, instead of a comment
 */
public record StreamForm(Envelope envelope, EventFilter filter, boolean heartbeats) {
    /** The form of a stream without a token that asks for nothing. */
    public static final StreamForm PLAIN = new StreamForm(Envelope.NONE, EventFilter.ANONYMOUS, false);

    /** Checks that there is a profile: no stream gets the events for all readers. */
    public StreamForm {
        if (filter.profile() == null) {
            throw new IllegalArgumentException("profile: is missing");
        }
    }

    /**
     * Returns this form for a reader.
     *
     * @param profile what is known of the reader
     */
    public StreamForm with(Profile profile) {
        return profile.equals(filter.profile()) ? this : new StreamForm(envelope, filter.with(profile), heartbeats);
    }

    /** Tells whether the stream gets all events for every reader as they are encoded for all. */
    boolean isPlain() {
        return envelope == Envelope.NONE && filter.hasAllNames();
    }
}
