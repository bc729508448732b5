package io.ssebridge.hub;

import io.ssebridge.history.HistoryReader;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the audiences of one event loop have in common.
 *
 * @param owner the event loop
 * @param history for seats that are behind
 * @param streams bounds of what publishers may ask of streams
 * @param clock the time
 * @param pages what was read lately
 * @param makeRoom frees memory outside the heap, soon: touches no seat before it returns
 * @param cuts says that streams cannot be written to
 * @param shortages says that there is no memory outside the heap
 * @param failures says that histories cannot be read
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
    /** Nothing was read and nothing said yet. */
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
