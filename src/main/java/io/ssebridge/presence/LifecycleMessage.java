package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.vertx.core.json.JsonObject;
import java.time.Instant;

/**
 * A change of presence as consumers read it.
 *
 * @param type {@code channel-active}, {@code channel-idle}, {@code member-joined} or {@code member-left}
 * @param state the stay that begins or ends
 */
record LifecycleMessage(String type, ToldState state) {
    static LifecycleMessage of(ToldState state) {
        boolean coming = state.phase() == ToldState.Phase.COMING;
        String type = state.attendance().sub() == null
                ? coming ? "channel-active" : "channel-idle"
                : coming ? "member-joined" : "member-left";
        return new LifecycleMessage(type, state);
    }

    /** Returns the id, which a repetition has too, and no other message. */
    String id() {
        return state.generation() + "-" + type;
    }

    ChannelName channel() {
        return state.attendance().channel();
    }

    /** Returns whether the message is about a member, and not about the channel as a whole. */
    boolean isOfMember() {
        return state.attendance().sub() != null;
    }

    /** Returns the message as an event. */
    Event toEvent() {
        return Event.of(type, toJson());
    }

    JsonObject toJson() {
        JsonObject json = new JsonObject()
                .put("id", id())
                .put("type", type)
                .put("channel", state.attendance().channel().value())
                .put("time", Instant.ofEpochMilli(state.millis()).toString());
        return state.attendance().sub() == null
                ? json
                : json.put("sub", state.attendance().sub()).put("properties", new JsonObject(state.properties()));
    }
}
