package io.ssebridge.hub;

import io.vertx.core.Future;
import java.util.List;

/** Turns the entries of a channel into those that the seats of one {@link Audience} get. Any thread. */
interface EntryView {
    /** All seats get the same entries. */
    EntryView PLAIN = (entries, isLive) -> Future.succeededFuture(entries);

    /**
     * Turns entries into others with the same cursors, in the same order.
     *
     * @param entries the entries, as they are encoded for all
     * @param isLive whether they have just been announced
     * @return on the caller's context; the future fails if the entries must be read again later
     */
    Future<List<EncodedEvent>> of(List<EncodedEvent> entries, boolean isLive);
}
