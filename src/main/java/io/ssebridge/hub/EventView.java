package io.ssebridge.hub;

import io.vertx.core.Future;
import java.util.List;

/** Turns the events of a channel into those that the seats of one {@link Audience} get. Any thread. */
interface EventView {
    /** All seats get the same events. */
    EventView PLAIN = (events, isLive) -> Future.succeededFuture(events);

    /**
     * Turns events into others with the same cursors, in the same order.
     *
     * @param events the events, as they are encoded for all
     * @param isLive whether they have just been announced
     * @return on the caller's context; the future fails if the events must be read again later
     */
    Future<List<EncodedEvent>> of(List<EncodedEvent> events, boolean isLive);
}
