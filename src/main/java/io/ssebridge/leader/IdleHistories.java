package io.ssebridge.leader;

import io.ssebridge.loop.LoopThread;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The histories of channels that are not in use, as the event loops of a node offer them to make room. An event loop knows
 * only its own channels. Together, the offers show which histories of the node were used the longest time ago.
 *
 * <p>Any thread: an offer is immutable, and an event loop replaces only its own.
 */
final class IdleHistories {
    // Event loops offer every 250 ms. A stalled event loop must not keep the others from making room.
    private static final long PATIENCE_MILLIS = 1_000;

    private final int loops;
    private final Map<LoopThread, Offer> offers = new ConcurrentHashMap<>();

    /** A history that may be destroyed. */
    record Idle(long lastUseMillis, long bytes) {}

    private record Offer(List<Idle> histories, long firstMillis, long newestMillis) {
        boolean isFresh(long nowMillis) {
            return nowMillis - newestMillis < PATIENCE_MILLIS;
        }
    }

    /**
     * Creates the collection without offers.
     *
     * @param loops the number of event loops that will offer
     */
    IdleHistories(int loops) {
        this.loops = loops;
    }

    /** Replaces the offer of an event loop. */
    void offer(LoopThread loop, List<Idle> histories, long nowMillis) {
        Offer before = offers.get(loop);
        long firstMillis = before != null && before.isFresh(nowMillis) ? before.firstMillis() : nowMillis;
        offers.put(loop, new Offer(List.copyOf(histories), firstMillis, nowMillis));
    }

    /** Removes the offer of an event loop. */
    void withdraw(LoopThread loop) {
        offers.remove(loop);
    }

    /** Returns whether an event loop offers a history. */
    boolean isOffered(long nowMillis) {
        return offers.values().stream()
                .anyMatch(
                        offer -> offer.isFresh(nowMillis) && !offer.histories().isEmpty());
    }

    /**
     * Returns the last use of the newest history that must be destroyed, if the histories that were used the longest time
     * ago are destroyed first.
     *
     * @param loop an event loop that has offered
     * @param neededBytes the bytes to free
     * @return none while the event loop waits for the offers of others
     */
    OptionalLong cutOffMillis(LoopThread loop, long neededBytes, long nowMillis) {
        List<Offer> fresh = offers.values().stream()
                .filter(offer -> offer.isFresh(nowMillis))
                .toList();
        Offer own = offers.get(loop);
        if (fresh.size() < loops && (own == null || nowMillis - own.firstMillis() < PATIENCE_MILLIS)) {
            return OptionalLong.empty();
        }
        List<Idle> oldestFirst = fresh.stream()
                .flatMap(offer -> offer.histories().stream())
                .sorted(Comparator.comparingLong(Idle::lastUseMillis))
                .toList();
        long freedBytes = 0;
        for (Idle each : oldestFirst) {
            freedBytes += each.bytes();
            if (freedBytes >= neededBytes) {
                return OptionalLong.of(each.lastUseMillis());
            }
        }
        return OptionalLong.of(nowMillis);
    }
}
