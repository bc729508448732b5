package io.ssebridge.presence;

import io.ssebridge.channel.ChannelName;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.ThreadLocalRandom;

/**
 * What consumers have been told about an attendance, as the cluster's map keeps it for the next leader. An attendance
 * without an entry is told to be away.
 *
 * <p>The state is written before the message goes out and after it. A leader that dies in between leaves {@link
 * Phase#COMING} or {@link Phase#GOING}, and the next leader repeats the message with the same id.
 *
 * @param attendance the attendance
 * @param phase the step
 * @param generation identifies this stay; a later stay has another one
 * @param millis the time of the last change, in milliseconds since 1970
 * @param properties the public properties of a member, as JSON
 */
record ToldState(Attendance attendance, Phase phase, String generation, long millis, String properties) {
    /** The steps of a stay. */
    enum Phase {
        /** The arrival is being told. */
        COMING,
        /** The arrival is told. */
        THERE,
        /** The departure is being told. */
        GOING
    }

    /** Creates the first state of a new stay. */
    static ToldState coming(Attendance attendance, long millis, String properties) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        String generation = "%016x%016x".formatted(random.nextLong(), random.nextLong());
        return new ToldState(attendance, Phase.COMING, generation, millis, properties);
    }

    ToldState there() {
        return new ToldState(attendance, Phase.THERE, generation, millis, properties);
    }

    ToldState going(long nowMillis) {
        return new ToldState(attendance, Phase.GOING, generation, nowMillis, properties);
    }

    /** Encodes the state. Equal states give equal texts. */
    String encode() {
        JsonObject json = new JsonObject()
                .put("channel", attendance.channel().value())
                .put("phase", phase.name())
                .put("generation", generation)
                .put("millis", millis)
                .put("properties", properties);
        if (attendance.sub() != null) {
            json.put("sub", attendance.sub());
        }
        return json.encode();
    }

    /**
     * Reads a state.
     *
     * @throws RuntimeException if the text has another form
     */
    static ToldState decode(String text) {
        JsonObject json = new JsonObject(text);
        return new ToldState(
                new Attendance(new ChannelName(json.getString("channel")), json.getString("sub")),
                Phase.valueOf(json.getString("phase")),
                json.getString("generation"),
                json.getLong("millis"),
                json.getString("properties"));
    }
}
