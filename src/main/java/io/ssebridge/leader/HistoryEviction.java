package io.ssebridge.leader;

import io.ssebridge.leader.IdleHistories.Idle;
import io.ssebridge.loop.LoopThread;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.function.Consumer;

/**
 * Destroys histories of channels that are not in use, if memory is scarce: those of the node that were used the longest
 * time ago. It takes these steps at each sweep, until there is enough room:
 *
 * <ol>
 *   <li>Offer the idle histories of this event loop.
 *   <li>If all event loops have offered, find the last use of the newest history that must be destroyed.
 *   <li>Destroy the histories of this event loop that were not used later, and offer the rest.
 * </ol>
 *
 * <p><b>Owner:</b> the event loop of the channels.
 */
final class HistoryEviction {
    // A channel without subscribers and new events for this time may lose its history, if memory is scarce. Clients
    // that reconnect come back earlier.
    private static final long IDLE_MILLIS = Duration.ofSeconds(10).toMillis();

    private final LoopThread owner;
    private final HistoryRoom room;
    private final IdleHistories offered;

    HistoryEviction(LoopThread owner, HistoryRoom room) {
        this.owner = owner;
        this.room = room;
        this.offered = room.idle();
    }

    /**
     * Makes room if it is scarce, or if another event loop still makes room.
     *
     * @param channels the channels of this event loop
     * @param destroy destroys the history of a channel, and may remove the channel
     */
    void sweep(Collection<OpenChannel> channels, long nowMillis, Consumer<OpenChannel> destroy) {
        owner.assertHere();
        if (!room.isMakingRoom(nowMillis)) {
            offered.withdraw(owner);
            return;
        }
        Queue<OpenChannel> idle = oldestFirst(channels, nowMillis);
        offer(idle, nowMillis);
        OptionalLong cutOffMillis = offered.cutOffMillis(owner, room.bytesToFree(), nowMillis);
        if (cutOffMillis.isPresent()) {
            destroy(idle, cutOffMillis.getAsLong(), destroy);
            // Other event loops must not wait for bytes that are free already. And this ends the search if there is
            // enough.
            if (room.isEnough()) {
                offered.withdraw(owner);
            } else {
                offer(idle, nowMillis);
            }
        }
    }

    private static Queue<OpenChannel> oldestFirst(Collection<OpenChannel> channels, long nowMillis) {
        return new ArrayDeque<>(channels.stream()
                .filter(entry ->
                        entry.open().succeeded() && entry.channel().weight().bytes() > 0)
                .filter(entry -> entry.channel().isIdle(nowMillis, IDLE_MILLIS))
                .sorted(Comparator.comparingLong(entry -> entry.channel().lastUseMillis()))
                .toList());
    }

    private void offer(Queue<OpenChannel> idle, long nowMillis) {
        offered.offer(
                owner,
                idle.stream()
                        .map(OpenChannel::channel)
                        .map(channel -> new Idle(
                                channel.lastUseMillis(), channel.weight().bytes()))
                        .toList(),
                nowMillis);
    }

    private void destroy(Queue<OpenChannel> idle, long cutOffMillis, Consumer<OpenChannel> destroy) {
        for (OpenChannel oldest = idle.peek();
                oldest != null && oldest.channel().lastUseMillis() <= cutOffMillis && !room.isEnough();
                oldest = idle.peek()) {
            idle.remove();
            room.evicted();
            destroy.accept(oldest);
        }
    }
}
