package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.Profile;
import io.ssebridge.history.PersonalData;
import io.ssebridge.history.PublishedEvent;
import io.ssebridge.time.NodeClock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The subscribers of one event loop on personalised channels: an audience for each channel and each {@linkplain
 * PersonalData#part part of a profile}. So all that an audience keeps in memory is for its own readers.
 *
 * <p><b>Owner:</b> the event loop.
 */
final class PersonalAudiences {
    private final PersonalData data;
    private final NodeClock clock;
    private final Map<ChannelName, Map<Profile, PersonalAudience>> audiences = new HashMap<>();

    PersonalAudiences(PersonalData data, NodeClock clock) {
        this.data = data;
        this.clock = clock;
    }

    /** An audience, and whether it has just been created. */
    record Found(PersonalAudience audience, boolean isNew) {}

    /**
     * Finds or creates the audience of a reader.
     *
     * @param maker makes an audience that sees a channel in this way
     * @return empty if the channel is not personalised for this reader
     */
    Optional<Found> find(ChannelName channel, @Nullable Profile reader, Function<EventView, Audience> maker) {
        Optional<Profile> part = data.part(channel, reader);
        if (part.isEmpty()) {
            return Optional.empty();
        }
        Map<Profile, PersonalAudience> views = audiences.computeIfAbsent(channel, first -> new HashMap<>());
        PersonalAudience known = views.get(part.get());
        if (known != null) {
            return Optional.of(new Found(known, false));
        }
        PersonalView view = new PersonalView(data, channel, part.get());
        PersonalAudience made = new PersonalAudience(maker.apply(view), view, clock);
        views.put(part.get(), made);
        return Optional.of(new Found(made, true));
    }

    /** Tells whether a reader belongs to an audience of a channel. */
    boolean isFor(PersonalAudience audience, ChannelName channel, @Nullable Profile reader) {
        return data.part(channel, reader).filter(audience.view().part()::equals).isPresent();
    }

    /** Removes an audience that has no seats. */
    void removeIfEmpty(ChannelName channel, PersonalAudience audience) {
        Map<Profile, PersonalAudience> views = audiences.get(channel);
        if (views != null
                && audience.audience().isEmpty()
                && views.remove(audience.view().part(), audience)) {
            audience.close();
            if (views.isEmpty()) {
                audiences.remove(channel);
            }
        }
    }

    /** Hands the events of a channel to all its audiences. */
    void offer(ChannelName channel, Cursor before, List<EncodedEvent> events, Cursor after) {
        Map<Profile, PersonalAudience> views = audiences.get(channel);
        if (views != null) {
            List<PublishedEvent> published = PersonalView.published(events);
            // A copy: a failed write may end a stream, and its audience with it.
            for (PersonalAudience each : List.copyOf(views.values())) {
                each.offer(before, events, published, after);
            }
        }
    }

    /** Tells whether a channel has subscribers. */
    boolean has(ChannelName channel) {
        return audiences.containsKey(channel);
    }

    /** Returns the number of channels that have subscribers. */
    int channels() {
        return audiences.size();
    }

    /** Returns the number of events after a cursor, as {@link Audience#lag} does for the readers of one audience. */
    long lag(ChannelName channel, @Nullable Profile reader, Cursor cursor) {
        PersonalAudience found = data.part(channel, reader)
                .map(part -> audiences.getOrDefault(channel, Map.of()).get(part))
                .orElse(null);
        return found == null ? 0 : found.lag(cursor);
    }

    /** Resets the audiences in which events wait and nothing has moved since the last call; returns their channels. */
    List<ChannelName> resetStuck() {
        List<ChannelName> reset = new ArrayList<>();
        audiences.forEach((channel, views) -> {
            boolean stuck = false;
            for (PersonalAudience each : views.values()) {
                stuck |= each.resetIfStuck();
            }
            if (stuck) {
                reset.add(channel);
            }
        });
        return reset;
    }
}
