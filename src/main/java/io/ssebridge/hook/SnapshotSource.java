package io.ssebridge.hook;

import io.ssebridge.event.Event;
import io.vertx.core.Future;
import java.util.List;

/** Gives the first events of streams, in an application that embeds the bridge. */
@FunctionalInterface
public interface SnapshotSource {
    /**
     * Returns the state of a channel as one or more events. Called on the event loop of the stream.
     *
     * @param request the channel and the reader
     * @return at most 100 events, on any thread. They must contain the changes of all events up to {@link
     *     SnapshotRequest#lastEventId}, and may contain later changes, because the events of these follow
     */
    Future<List<Event>> snapshot(SnapshotRequest request);
}
