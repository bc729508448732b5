package io.ssebridge.hub;

import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Resources that the audiences of one event loop share.
 *
 * @param owner the event loop
 * @param history serves lagging seats
 * @param streams bounds of the reconnection times that publishers may set
 * @param clock the time
 * @param pages the pages that were read recently
 * @param makeRoom frees memory outside the heap, a little later: it touches no seat before it returns
 * @param cuts logs that streams cannot be written to
 * @param shortages logs that memory outside the heap is used up
 * @param failures logs that histories cannot be read
 */
record LoopResources(
        Owner owner,
        HistoryReader history,
        StreamOptions streams,
        NodeClock clock,
        Pages pages,
        Runnable makeRoom,
        Warnings cuts,
        Warnings shortages,
        Warnings failures) {
    /** Creates the resources of an event loop, with an empty set of pages. */
    static LoopResources of(
            Owner owner, HistoryReader history, StreamOptions streams, NodeClock clock, Runnable makeRoom) {
        Logger log = LoggerFactory.getLogger(Audience.class);
        return new LoopResources(
                owner,
                history,
                streams,
                clock,
                new Pages(),
                makeRoom,
                new Warnings(log, clock),
                new Warnings(log, clock),
                new Warnings(log, clock));
    }
}
