package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.bus.HistoryPage;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.Subscribers;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * The endpoints of one event loop, and the subscribers of the streams that it has opened.
 *
 * <p><b>Owner:</b> the event loop. It has a context of its own there: its timers must not end with a verticle of the
 * application that serves the requests.
 */
final class LoopServer {
    private static final String READ = "GET, HEAD";

    private final Vertx vertx;
    private final Context own;
    private final ServerContext server;
    private final NodeHealth.Pulse pulse;
    private final long beats;
    private final Subscribers subscribers;
    private final RequestDispatcher dispatcher;

    /**
     * Creates the endpoints; called on their own context.
     *
     * @param vertx runs the node
     * @param own the context
     * @param server the resources of the node
     * @param rates the limits per second of the node
     */
    LoopServer(Vertx vertx, Context own, ServerContext server, Rates rates) {
        this.vertx = vertx;
        this.own = own;
        this.server = server;
        own.exceptionHandler(server.health()::unhandled);
        NodeHealth.Pulse beating = server.health().watch();
        this.pulse = beating;
        this.beats = vertx.setPeriodic(NodeHealth.BEAT_MILLIS, tick -> beating.beat());
        StalledStreams stalled = new StalledStreams(own, server.stalledBytes());
        this.subscribers = new Subscribers(vertx, server.streams(), server.clock(), server.openStreams(), stalled);
        this.dispatcher = new RequestDispatcher(
                server.demo().isPresent(),
                new Cors(origins(server)),
                endpoints(vertx, own, server, rates, subscribers, stalled),
                new FailureHandler(server.meters()),
                server.clock());
    }

    RequestDispatcher dispatcher() {
        return dispatcher;
    }

    /** Ends the streams over the configured time, and then the timers. Any thread. */
    Future<Void> drain() {
        Promise<Void> drained = Promise.promise();
        own.runOnContext(onLoop -> subscribers.drain(server.drain()).onComplete(ended -> {
            boolean unused = vertx.cancelTimer(beats);
            pulse.end();
            drained.complete();
        }));
        return drained.future();
    }

    /** Returns the event loop's share of a sixteenth of the heap, but at least the size of two pages. */
    private static long responseBytes() {
        Runtime machine = Runtime.getRuntime();
        return Math.max(2L * HistoryPage.MAX_BYTES, machine.maxMemory() / 16 / machine.availableProcessors());
    }

    // A developer's page comes from a server of its own.
    private static Origins origins(ServerContext server) {
        Origins listed = server.http().origins();
        return server.demo().isPresent() ? listed.withLoopback() : listed;
    }

    private static QueryParameters names(ServerContext server, List<String> known) {
        // If it is not configured, a token in the query is ignored, and is not an unknown parameter.
        List<String> ignored = new ArrayList<>(server.http().ignoredParameters());
        ignored.add(RequestAuthenticator.ACCESS_TOKEN);
        return new QueryParameters(known, ignored);
    }

    private static List<Endpoint> endpoints(
            Vertx vertx,
            Context own,
            ServerContext server,
            Rates rates,
            Subscribers subscribers,
            StalledStreams stalled) {
        Clients clients = new Clients(server.http().trustedProxies());
        RequestAuthenticator authenticator =
                new RequestAuthenticator(server.verifier(), server.auth(), origins(server), clients, server.callers());
        StreamRoute streams = new StreamRoute(
                own,
                authenticator,
                clients,
                server.rules(),
                server.node(),
                server.control(),
                new LoopAudiences(
                        own,
                        server.rules(),
                        server.node().history(),
                        server.streams(),
                        server.clock(),
                        stalled,
                        server.meters()),
                subscribers,
                server.streams(),
                server.limits(),
                rates,
                server.clock(),
                server.meters());
        LargeResponses responses = new LargeResponses(clients, responseBytes(), server.clock(), server.meters());
        HistoryRoute histories = new HistoryRoute(authenticator, server.rules(), server.node(), responses);
        PresenceRoute presence =
                new PresenceRoute(authenticator, server.rules(), server.node().presence(), responses);
        PublishRoute publishing = new PublishRoute(
                vertx, authenticator, clients, server.rules(), server.node(), server.limits(), rates, responses);
        SessionRoute sessions = new SessionRoute(authenticator, server.auth(), clients, server.clock());
        SubscriberRoute openStreams =
                new SubscriberRoute(authenticator, sessions, server.control(), server.limits(), server.clock());
        HealthRoute health = new HealthRoute(server.health());
        Predicate<RequestTarget> arePublic = target -> ChannelAccess.arePublic(server.rules(), target);
        QueryParameters streamNames = names(server, StreamQuery.NAMES);
        QueryParameters historyNames = names(server, List.of("channel", "after", "last", "since", "limit"));
        QueryParameters publishNames = names(
                server, List.of("channel", PublishRoute.RAW, PublishRoute.EVENT, PublishRoute.KEY, PublishRoute.END));
        List<Endpoint> endpoints = new ArrayList<>(List.of(
                Endpoint.at("stream", READ, streams::handle).taking(streamNames).publicFor(arePublic),
                Endpoint.at("stream/*", READ, streams::handle)
                        .taking(streamNames)
                        .publicFor(arePublic),
                Endpoint.at("publish", "POST", publishing::handle).taking(publishNames),
                Endpoint.at("publish/*", "POST", publishing::handle).taking(publishNames),
                Endpoint.at("history/*", READ, histories::handle)
                        .taking(historyNames)
                        .publicFor(arePublic),
                Endpoint.at("subscribers", "DELETE", openStreams::disconnectSubject)
                        .taking(names(server, List.of("sub", "channel"))),
                Endpoint.at("subscribers/*", "GET, HEAD, DELETE", openStreams::one),
                Endpoint.at("subscribers/*/token", "POST", openStreams::extend),
                Endpoint.at("presence/*", READ, presence::presence)
                        .taking(names(server, List.of("channel")))
                        .publicFor(arePublic),
                Endpoint.at("channels", READ, presence::channels).taking(names(server, List.of("after"))),
                Endpoint.at("health/live", READ, health::live),
                Endpoint.at("health/ready", READ, health::ready)));
        if (server.callers().isEmpty()) {
            // Otherwise the application has sessions of its own, and a token means nothing.
            endpoints.add(Endpoint.at("session", "POST, DELETE", sessions::handle));
        }
        server.demo()
                .map(demo -> new DemoRoute(vertx, authenticator, sessions, server.verifier(), demo))
                .ifPresent(demo -> endpoints.addAll(demo.endpoints()));
        return endpoints;
    }
}
