package io.ssebridge.hook;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Cursor;
import io.ssebridge.event.EventId;
import io.ssebridge.event.Profile;
import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The question for the state of a channel.
 *
 * @param channel the channel
 * @param subject the subject of the reader; empty: the reader is anonymous
 * @param properties the texts, numbers and booleans among the public properties of the reader
 * @param lastEventId the id after which the events follow
 * @param sequence the sequence of the event with this id; empty: the channel has had no event yet
 */
public record SnapshotRequest(
        ChannelName channel,
        Optional<String> subject,
        Map<String, Object> properties,
        String lastEventId,
        OptionalLong sequence) {
    static SnapshotRequest of(ChannelName channel, Profile reader, Cursor at) {
        return new SnapshotRequest(
                channel,
                Optional.ofNullable(reader.subject()),
                reader.properties(),
                EventId.encode(List.of(channel), List.of(at)),
                at instanceof Cursor.At frame ? OptionalLong.of(frame.sequence()) : OptionalLong.empty());
    }

    /** Returns the question as services get it. */
    JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("channel", channel.value())
                .put("sub", subject.orElse(null))
                .put("properties", new JsonObject(properties))
                .put("lastEventId", lastEventId);
        return sequence.isPresent() ? json.put("sequence", sequence.getAsLong()) : json.putNull("sequence");
    }
}
