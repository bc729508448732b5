package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.subscriber.StreamOptions;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/** Makes the first event of each stream, {@code stream-open}. Any thread. */
public final class OpeningEvent {
    private OpeningEvent() {}

    /**
     * Makes the first event of a stream.
     *
     * @param subscriber the id of the stream
     * @param channels the channels of the stream
     * @param expires the time when the stream's token expires
     * @param node the id of this node
     * @param now the time
     * @param options the heartbeat, and the mean of the time after which the client reconnects
     */
    public static Event of(
            String subscriber,
            List<ChannelName> channels,
            Optional<Instant> expires,
            String node,
            Instant now,
            StreamOptions options) {
        JsonObject data = new JsonObject()
                .put("subscriber", subscriber)
                .put(
                        "channels",
                        new JsonArray(channels.stream().map(ChannelName::value).toList()))
                .put("expires", expires.map(Instant::toString).orElse(null))
                .put("node", node)
                .put("time", now.truncatedTo(ChronoUnit.MILLIS).toString())
                .put("heartbeatMillis", options.heartbeat().toMillis());
        return new Event("stream-open", data.encode(), spread(options.retry()));
    }

    /** Spread over a range, so that the clients of a lost node do not all reconnect at the same moment. */
    private static Duration spread(Duration retry) {
        long mean = retry.toMillis();
        return Duration.ofMillis(ThreadLocalRandom.current().nextLong(mean / 2, mean + mean / 2 + 1));
    }
}
