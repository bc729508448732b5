package io.ssebridge.http;

import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.AuthOptions;
import io.ssebridge.access.Caller;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.control.StreamControl;
import io.ssebridge.demo.Demo;
import io.ssebridge.hook.LocalServices;
import io.ssebridge.hook.ServiceClient;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.subscriber.StalledBytes;
import io.ssebridge.subscriber.StreamOptions;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import io.vertx.ext.web.RoutingContext;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/**
 * Resources that the HTTP servers of a node share. Any thread.
 *
 * @param http host, port and paths to serve
 * @param auth the places in a request where a token may be
 * @param streams heartbeats and time-outs
 * @param limits bounds of this node
 * @param rules the rules of the channels for the requests of now; they are never replaced
 * @param drain the time over which a stopping node ends its streams
 * @param verifier checks tokens
 * @param callers finds the caller of a request in the application's own way; empty: by a token
 * @param demo the services of the demo; empty: this node does not run the demo
 * @param services asks the services that rules name
 * @param local the services of the application in this JVM
 * @param node this node in the cluster
 * @param control describes, extends and ends the open streams of the cluster
 * @param health tells whether the node works
 * @param openStreams counts the streams of all servers
 * @param stalledBytes counts the bytes that stalled streams hold
 * @param clock the time
 * @param meters the metrics
 */
public record ServerContext(
        HttpOptions http,
        AuthOptions auth,
        StreamOptions streams,
        LimitOptions limits,
        ChannelRules rules,
        Duration drain,
        TokenVerifier verifier,
        Optional<Function<RoutingContext, Future<Caller>>> callers,
        Optional<Demo> demo,
        ServiceClient services,
        LocalServices local,
        BusNode node,
        StreamControl control,
        NodeHealth health,
        AtomicInteger openStreams,
        StalledBytes stalledBytes,
        NodeClock clock,
        MeterRegistry meters) {
    /**
     * Returns the resources with other options for requests.
     *
     * @param otherHttp origins, proxies and ignored parameters count
     * @param otherAuth as {@code auth}
     * @param otherStreams as {@code streams}
     * @param otherLimits as {@code limits}
     * @param otherRules as {@code rules}
     * @param otherVerifier as {@code verifier}
     * @param otherCallers as {@code callers}
     * @param otherLocal as {@code local}
     */
    public ServerContext with(
            HttpOptions otherHttp,
            AuthOptions otherAuth,
            StreamOptions otherStreams,
            LimitOptions otherLimits,
            ChannelRules otherRules,
            TokenVerifier otherVerifier,
            Optional<Function<RoutingContext, Future<Caller>>> otherCallers,
            LocalServices otherLocal) {
        return new ServerContext(
                otherHttp,
                otherAuth,
                otherStreams,
                otherLimits,
                otherRules,
                drain,
                otherVerifier,
                otherCallers,
                demo,
                services,
                otherLocal,
                node,
                control,
                health,
                openStreams,
                stalledBytes,
                clock,
                meters);
    }
}
