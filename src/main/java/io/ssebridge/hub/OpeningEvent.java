package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Makes the first event of each stream, {@code stream-open}. Any thread. */
public final class OpeningEvent {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BYTES = 16;

    private OpeningEvent() {}

    /**
     * Makes the first event of a stream, with a new id for its subscriber.
     *
     * @param channels the channels of the stream
     * @param expires the time when the stream's token expires
     * @param node the id of this node
     * @param retry the mean of the time after which the client reconnects
     */
    public static Event of(List<ChannelName> channels, Optional<Instant> expires, String node, Duration retry) {
        JsonObject data = new JsonObject()
                .put("subscriber", newId())
                .put(
                        "channels",
                        new JsonArray(channels.stream().map(ChannelName::value).toList()))
                .put("expires", expires.map(Instant::toString).orElse(null))
                .put("node", node);
        return new Event("stream-open", data.encode(), spread(retry));
    }

    private static String newId() {
        byte[] id = new byte[ID_BYTES];
        RANDOM.nextBytes(id);
        return HexFormat.of().formatHex(id);
    }

    /** Spread over a range, so that the clients of a lost node do not all reconnect at the same moment. */
    private static Duration spread(Duration retry) {
        long mean = retry.toMillis();
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(mean / 2, mean + mean / 2 + 1));
    }
}
