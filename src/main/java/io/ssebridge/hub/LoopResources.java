package io.ssebridge.hub;

import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.LogLimit;
import io.ssebridge.time.NodeClock;

/**
 * Resources that the audiences of one event loop share.
 *
 * @param owner the event loop
 * @param history serves lagging seats
 * @param streams bounds of the reconnection times that publishers may set
 * @param clock the time
 * @param pages the pages that were read recently
 * @param turns limits the readings of personalised channels
 * @param makeRoom frees memory outside the heap, a little later: it touches no seat before it returns
 * @param cuts limits log lines that say that streams cannot be written to
 * @param shortages limits log lines that say that memory outside the heap is used up
 * @param failures limits log lines that say that histories cannot be read
 * @param meters counts resets, and measures delays
 */
record LoopResources(
        Owner owner,
        HistoryReader history,
        StreamOptions streams,
        NodeClock clock,
        Pages pages,
        Turns turns,
        Runnable makeRoom,
        LogLimit cuts,
        LogLimit shortages,
        LogLimit failures,
        HubMeters meters) {
    /** Creates the resources of an event loop, with an empty set of pages. */
    static LoopResources of(
            Owner owner,
            HistoryReader history,
            StreamOptions streams,
            NodeClock clock,
            Runnable makeRoom,
            HubMeters meters) {
        return new LoopResources(
                owner,
                history,
                streams,
                clock,
                new Pages(),
                new Turns(),
                makeRoom,
                new LogLimit(clock),
                new LogLimit(clock),
                new LogLimit(clock),
                meters);
    }
}
