package io.ssebridge.control;

import io.ssebridge.access.Grant;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Profile;
import io.ssebridge.presence.Presence;
import io.ssebridge.subscriber.Subscriber;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The reader of an open stream: its public properties select events, and others see them in the lists of members.
 *
 * <p><b>Owner:</b> the event loop of the stream.
 */
public final class StreamReader {
    private final Presence presence;
    private final Subscriber subscriber;
    private final List<ChannelName> channels;
    private final List<Map<String, Object>> added;

    private interface Group {
        void take(List<ChannelName> channels, Map<String, Object> properties);
    }

    /**
     * Describes the reader of a stream.
     *
     * @param presence the members of channels
     * @param subscriber the stream
     * @param channels its channels
     * @param added the properties that services have added, for each channel
     */
    public StreamReader(
            Presence presence, Subscriber subscriber, List<ChannelName> channels, List<Map<String, Object>> added) {
        this.presence = presence;
        this.subscriber = subscriber;
        this.channels = channels;
        this.added = added;
    }

    /**
     * Makes the subject a member of its channels until the stream ends; where a service has added properties, with these.
     *
     * @param grant the rights of its token
     */
    public void attend(Grant grant) {
        each(grant, (group, properties) -> presence.attend(subscriber, group, grant.subject(), properties));
    }

    /** Gives the member the properties of a new token. */
    void replace(Grant fresh) {
        each(fresh, (group, properties) -> presence.replace(group, fresh.subject(), properties));
    }

    private void each(Grant grant, Group taker) {
        List<ChannelName> plain = new ArrayList<>(channels.size());
        for (int i = 0; i < channels.size(); i++) {
            if (added.get(i).isEmpty()) {
                plain.add(channels.get(i));
            } else {
                Map<String, Object> all = new LinkedHashMap<>(grant.properties());
                all.putAll(added.get(i));
                taker.take(List.of(channels.get(i)), all);
            }
        }
        taker.take(plain, grant.properties());
    }

    /**
     * Returns what selectors of events are compared with, for each channel.
     *
     * @return empty if the properties of the token are too large for that, together with those of a service
     */
    Optional<List<Profile>> profiles(Grant grant) {
        try {
            Profile own = Profile.of(grant.subject(), grant.properties());
            return Optional.of(added.stream().map(own::with).toList());
        } catch (IllegalArgumentException tooLarge) {
            return Optional.empty();
        }
    }
}
