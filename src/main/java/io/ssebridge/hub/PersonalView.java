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
 * The events of a personalised channel as readers with the same properties see them.
 *
 * @param data makes the data
 * @param part the part of the readers' profiles that decides about the data
 */
record PersonalView(PersonalData data, ChannelName channel, Profile part) implements EventView {
    @Override
    public Future<List<EncodedEvent>> of(List<EncodedEvent> events, boolean isLive) {
        return of(events, published(events), isLive);
    }

    /**
     * Does the same if the published events are known already.
     *
     * @param published what {@link #published} returns for the events
     */
    Future<List<EncodedEvent>> of(List<EncodedEvent> events, List<PublishedEvent> published, boolean isLive) {
        return published.isEmpty()
                ? Future.succeededFuture(events)
                : data.of(channel, part, published, isLive).map(personal -> encoded(events, published, personal));
    }

    /** Reads those events back that are not notices. */
    static List<PublishedEvent> published(List<EncodedEvent> events) {
        List<PublishedEvent> published = new ArrayList<>(events.size());
        for (EncodedEvent event : events) {
            if (!event.isNotice()) {
                published.add(event.published());
            }
        }
        return published;
    }

    private List<EncodedEvent> encoded(
            List<EncodedEvent> events, List<PublishedEvent> published, List<Event> personal) {
        List<EncodedEvent> encoded = new ArrayList<>(events.size());
        int next = 0;
        for (EncodedEvent event : events) {
            if (event.isNotice()) {
                encoded.add(event);
            } else {
                Event made = personal.get(next);
                encoded.add(made.equals(published.get(next).event()) ? event : event.with(channel, made));
                next++;
            }
        }
        return encoded;
    }
}
