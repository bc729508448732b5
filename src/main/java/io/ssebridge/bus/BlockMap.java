package io.ssebridge.bus;

import io.ssebridge.hub.Owner;
import io.ssebridge.membership.SharedMap;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.Map;

/**
 * The blocks of disconnected subjects in the map that all nodes share. A node that starts finds them there. Any thread;
 * answers arrive on the context of the caller.
 */
public final class BlockMap {
    private final Owner owner;
    private final SharedMap<String, Long> blocks;

    BlockMap(Owner owner, SharedMap<String, Long> blocks) {
        this.owner = owner;
        this.blocks = blocks;
    }

    /**
     * Writes a block.
     *
     * @param block the block as text
     * @param endsMillis its end, by the wall clock, in milliseconds since 1970
     * @param rest the time until then, after which the entry vanishes
     */
    public Future<Void> put(String block, long endsMillis, Duration rest) {
        return owner.call(() -> blocks.put(block, endsMillis, rest));
    }

    /** Reads all blocks, with their ends. */
    public Future<Map<String, Long>> all() {
        return owner.call(() ->
                blocks.keys().compose(keys -> keys.isEmpty() ? Future.succeededFuture(Map.of()) : blocks.getAll(keys)));
    }
}
