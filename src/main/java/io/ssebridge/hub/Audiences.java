package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.subscriber.Subscriber;
import io.vertx.core.Context;
import io.vertx.core.buffer.Buffer;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The subscribers of one event loop, by channel.
 *
 * <p><b>Owner:</b> that event loop; only {@link #offer} may be called from elsewhere.
 */
public final class Audiences {
    private final Owner owner;
    private final InstantSource clock;
    private final Map<ChannelName, Audience> audiences = new HashMap<>();

    /**
     * Nobody yet.
     *
     * @param context the event loop
     * @param clock the time
     */
    public Audiences(Context context, InstantSource clock) {
        this.owner = new Owner(context);
        this.clock = clock;
    }

    /**
     * Gives a subscriber the events of its channels from now until it closes.
     *
     * @param subscriber a subscriber of this event loop
     * @param channels its channels, none twice, all joined
     */
    public void seat(Subscriber subscriber, List<ChannelName> channels) {
        List<Runnable> flushes = new ArrayList<>(channels.size());
        for (ChannelName channel : channels) {
            Audience audience = audiences.computeIfAbsent(channel, first -> new Audience(owner, clock));
            Seat seat = audience.add(subscriber);
            flushes.add(() -> audience.flush(seat));
            subscriber.onClose(() -> {
                audience.remove(seat);
                if (audience.isEmpty()) {
                    audiences.remove(channel, audience);
                }
            });
        }
        subscriber.onWritable(() -> flushes.forEach(Runnable::run));
    }

    /** Any thread: hands the frames of a channel to its subscribers on this event loop. */
    void offer(ChannelName channel, List<Buffer> frames) {
        owner.run(() -> {
            Audience audience = audiences.get(channel);
            if (audience != null) {
                audience.offer(frames);
            }
        });
    }

    /** How many channels have subscribers on this event loop. */
    public int channels() {
        return audiences.size();
    }
}
