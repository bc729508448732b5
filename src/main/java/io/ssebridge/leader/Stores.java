package io.ssebridge.leader;

import io.ssebridge.history.History;
import io.ssebridge.history.HistoryReader;

/**
 * The stores that the leaders of channels on this node share.
 *
 * @param history the frames of channels
 * @param reader reads the frames that are visible
 * @param directory the channels in use
 * @param keys the cursors of events with keys
 * @param recent the recent events of the leaders on this node
 * @param budget limits the events that wait for the leaders on this node
 * @param meters measures the appends
 */
public record Stores(
        History history,
        HistoryReader reader,
        ChannelDirectory directory,
        IdempotencyKeys keys,
        RecentUids recent,
        PublishBudget budget,
        AppendMeters meters) {}
