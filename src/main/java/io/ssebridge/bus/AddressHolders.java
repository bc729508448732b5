package io.ssebridge.bus;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.jspecify.annotations.Nullable;

/**
 * Knows which event loop of the node consumes an address. Vert.x deals the messages of an address over all its consumers on a
 * node. So a node must not have two, also not for the moment in which an address moves from a channel of one event loop to a
 * channel of another one.
 *
 * <p>Any thread.
 */
final class AddressHolders {
    private final ConcurrentMap<String, BusConsumers> holders = new ConcurrentHashMap<>();

    /**
     * Makes an event loop the holder of an address.
     *
     * @return the holder before, or null
     */
    @Nullable
    BusConsumers take(String address, BusConsumers holder) {
        return holders.put(address, holder);
    }

    /** Returns whether an event loop is the last one that has taken an address. */
    boolean isHeld(String address, BusConsumers holder) {
        return holders.get(address) == holder;
    }

    /** Forgets that an event loop has held an address, unless another one has taken it. */
    void free(String address, BusConsumers holder) {
        holders.remove(address, holder);
    }
}
