package io.ssebridge.bus;

import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;

/**
 * What the cluster keeps of channels.
 *
 * @param history their frames
 * @param reader the frames that count
 * @param directory which channels there are
 * @param keys where events with keys are
 */
record Stores(History history, HistoryReader reader, Directory directory, Keys keys) {}
