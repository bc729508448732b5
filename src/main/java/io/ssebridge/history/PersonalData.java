package io.ssebridge.history;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.Profile;
import io.vertx.core.Future;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Gives the events of personalised channels the data that different readers get. Any thread. */
public interface PersonalData {
    /** No channel is personalised. */
    PersonalData NONE = new PersonalData() {
        @Override
        public Optional<Profile> part(ChannelName channel, @Nullable Profile reader) {
            return Optional.empty();
        }

        @Override
        public Future<List<Event>> of(ChannelName channel, Profile part, List<PublishedEvent> events, boolean isLive) {
            return Future.succeededFuture(
                    events.stream().map(PublishedEvent::event).toList());
        }
    };

    /**
     * Returns the part of a reader's profile that decides about its data. Readers with equal parts get the same data.
     *
     * @param channel the channel
     * @param reader the reader; null: it is part of the bridge, or trusted by it
     * @return empty if the reader gets the data as it was published
     */
    Optional<Profile> part(ChannelName channel, @Nullable Profile reader);

    /**
     * Makes the data of events for some readers.
     *
     * @param channel a personalised channel
     * @param part the part of the readers' profiles
     * @param events the events
     * @param isLive whether readers wait for these events now; otherwise the questions wait for those about live events
     * @return the events in the same order, on the caller's context. An event that the readers do not get has a selector
     *     that selects nobody. The future fails if there are too many questions: ask again later
     */
    Future<List<Event>> of(ChannelName channel, Profile part, List<PublishedEvent> events, boolean isLive);
}
