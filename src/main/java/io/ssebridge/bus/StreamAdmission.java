package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.hub.NodeHubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.ChannelDirectory;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Decides whether a client may open a stream of channels that are perhaps new. A new channel costs the whole cluster an
 * address, so one client address must not open many new channels.
 *
 * <p><b>Owner:</b> the node's own context; {@link #admit} may be called on any thread.
 */
final class StreamAdmission {
    // A client waits this long for its answer.
    private static final Duration LOOK_UP = Duration.ofSeconds(1);

    private final Owner owner;
    private final NodeHubs hubs;
    private final ChannelDirectory directory;
    private final NewChannelLimit newChannels;

    StreamAdmission(Owner owner, NodeHubs hubs, ChannelDirectory directory, NewChannelLimit newChannels) {
        this.owner = owner;
        this.hubs = hubs;
        this.directory = directory;
        this.newChannels = newChannels;
    }

    /** Decides as {@link BusNode#admit} describes. */
    Future<Admission> admit(List<ChannelName> channels, String client) {
        return newChannels.isOn()
                ? owner.call(() -> hubs.notLive(channels)
                        .compose(notLive -> notLive.isEmpty()
                                ? Future.succeededFuture(Admission.ADMITTED)
                                : admitNotLive(notLive, client)))
                : Future.succeededFuture(Admission.ADMITTED);
    }

    private Future<Admission> admitNotLive(List<ChannelName> notLive, String client) {
        List<Future<Boolean>> known = notLive.stream().map(this::isKnown).toList();
        return Future.join(known).map(looked -> {
            List<ChannelName> unknown = IntStream.range(0, notLive.size())
                    .filter(i -> !known.get(i).result())
                    .mapToObj(notLive::get)
                    .toList();
            return admitNew(unknown, client);
        });
    }

    // If the look-up is too slow or fails, the channel counts as known, so that no client is refused for it.
    private Future<Boolean> isKnown(ChannelName channel) {
        return directory
                .knows(channel)
                .timeout(LOOK_UP.toMillis(), TimeUnit.MILLISECONDS)
                .otherwise(true);
    }

    private Admission admitNew(List<ChannelName> unknown, String client) {
        Duration wait = newChannels.take(client, unknown);
        return wait.isZero()
                ? Admission.ADMITTED
                : new Admission.OverLimit(
                        "limits.newChannelsPerIp: too many new channels from this address within a minute", wait);
    }
}
