package io.ssebridge.bus;

import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;

/**
 * What is known of channels.
 *
 * @param history their frames
 * @param reader the frames that count
 * @param directory which channels there are
 * @param keys where events with keys are
 * @param recent which events this node's leaders have taken lately
 * @param backlog what waits for this node's leaders
 */
record Stores(
        History history,
        HistoryReader reader,
        Directory directory,
        Keys keys,
        RecentUids recent,
        PublishBudget backlog) {}
