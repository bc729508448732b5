package io.ssebridge.presence;

import io.ssebridge.hub.Hubs;
import io.ssebridge.hub.Owner;
import io.ssebridge.leader.Leader;

/**
 * The channels of this node that one event loop owns.
 *
 * @param owner the event loop
 * @param hubs the channels with subscribers on this node
 * @param leader the channels that this node leads
 */
public record LoopChannels(Owner owner, Hubs hubs, Leader leader) {}
