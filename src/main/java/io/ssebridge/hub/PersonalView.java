package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.Profile;
import io.ssebridge.history.PersonalData;
import io.ssebridge.history.PublishedEvent;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;

/**
 * The entries of a personalised channel as readers with the same properties see them.
 *
 * @param data makes the data
 * @param part the part of the readers' profiles that decides about the data
 */
record PersonalView(PersonalData data, ChannelName channel, Profile part) implements EntryView {
    @Override
    public Future<List<EncodedEvent>> of(List<EncodedEvent> entries, boolean isLive) {
        return of(entries, published(entries), isLive);
    }

    /**
     * Does the same if the events of the entries are known already.
     *
     * @param events what {@link #published} returns for the entries
     */
    Future<List<EncodedEvent>> of(List<EncodedEvent> entries, List<PublishedEvent> events, boolean isLive) {
        return events.isEmpty()
                ? Future.succeededFuture(entries)
                : data.of(channel, part, events, isLive).map(personal -> encoded(entries, events, personal));
    }

    /** Returns the events of those entries that are not notices. */
    static List<PublishedEvent> published(List<EncodedEvent> entries) {
        List<PublishedEvent> events = new ArrayList<>(entries.size());
        for (EncodedEvent entry : entries) {
            if (!entry.isNotice()) {
                events.add(entry.published());
            }
        }
        return events;
    }

    private List<EncodedEvent> encoded(List<EncodedEvent> entries, List<PublishedEvent> events, List<Event> personal) {
        List<EncodedEvent> encoded = new ArrayList<>(entries.size());
        int next = 0;
        for (EncodedEvent entry : entries) {
            if (entry.isNotice()) {
                encoded.add(entry);
            } else {
                Event made = personal.get(next);
                encoded.add(made.equals(events.get(next).event()) ? entry : entry.with(channel, made));
                next++;
            }
        }
        return encoded;
    }
}
