package io.ssebridge.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * What the HTTP servers of a node have in common. Any thread.
 *
 * @param http where to listen
 * @param auth carriers of tokens
 * @param streams heartbeats and time-outs
 * @param limits bounds of this node
 * @param rules which channels there are
 * @param drain over how long to end the streams of a node that stops
 * @param verifier checks tokens
 * @param demoMint signs a token for a subject of the demo; empty: this is none
 * @param node this node's part in the cluster
 * @param health whether the node works
 * @param openStreams counts the streams of all servers
 * @param stalledBytes what those of them hold that are stalled
 * @param clock the time
 * @param meters counts what happens
 */
public record Backend(
        HttpOptions http,
        AuthOptions auth,
        StreamOptions streams,
        LimitOptions limits,
        ChannelRules rules,
        Duration drain,
        TokenVerifier verifier,
        Optional<Function<String, String>> demoMint,
        BusNode node,
        NodeHealth health,
        AtomicInteger openStreams,
        StalledBytes stalledBytes,
        NodeClock clock,
        MeterRegistry meters) {}
