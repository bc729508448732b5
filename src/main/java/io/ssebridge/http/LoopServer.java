package io.ssebridge.http;

import io.ssebridge.access.Origins;
import io.ssebridge.bus.HistoryPage;
import io.ssebridge.hook.AuthorizeHook;
import io.ssebridge.hook.ServiceCalls;
import io.ssebridge.hook.SnapshotHook;
import io.ssebridge.hub.LoopAudiences;
import io.ssebridge.hub.Snapshots;
import io.ssebridge.hub.StreamJoin;
import io.ssebridge.request.QueryParameters;
import io.ssebridge.request.RequestTarget;
import io.ssebridge.subscriber.StalledStreams;
import io.ssebridge.subscriber.StreamMeters;
import io.ssebridge.subscriber.Subscribers;
import io.ssebridge.time.LoopDelay;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
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
    private final NodeHealth.Pulse pulse;
    private final long beats;
    private final StalledStreams stalled;
    private final long delays;
    private final Subscribers subscribers;
    private final LoopAudiences audiences;
    private final ServiceCalls calls;
    private final BulkRequests.Open bulks;
    private ServerContext server;
    private Routes routes;

    /** What answers requests by one configuration. */
    private record Routes(RequestDispatcher dispatcher, BulkRequests bulks) {}

    /**
     * Creates the endpoints; called on their own context.
     *
     * @param vertx runs the node
     * @param own the context
     * @param server the resources of the node
     * @param rates the limits per second of the node
     * @param bulkRequests counts the requests with many events that are in progress on the node
     */
    LoopServer(Vertx vertx, Context own, ServerContext server, Rates rates, AtomicInteger bulkRequests) {
        this.vertx = vertx;
        this.own = own;
        this.server = server;
        own.exceptionHandler(server.health()::unhandled);
        NodeHealth.Pulse beating = server.health().watch();
        this.pulse = beating;
        this.beats = vertx.setPeriodic(NodeHealth.BEAT_MILLIS, tick -> beating.beat());
        LoopDelay delay = new LoopDelay(server.meters(), System.nanoTime());
        this.delays = vertx.setPeriodic(LoopDelay.PERIOD.toMillis(), tick -> delay.tick(System.nanoTime()));
        this.stalled = new StalledStreams(own, server.stalledBytes());
        this.subscribers = new Subscribers(
                vertx,
                server.streams(),
                server.clock(),
                server.openStreams(),
                stalled,
                new StreamMeters(server.meters()));
        this.audiences = new LoopAudiences(
                own,
                server.node().rules(),
                server.node().history(),
                server.streams(),
                server.clock(),
                stalled,
                server.meters());
        this.calls = new ServiceCalls(own, askedAtOnce());
        this.bulks = new BulkRequests.Open(vertx, bulkRequests);
        this.routes = routes(server, rates);
    }

    private Routes routes(ServerContext now, Rates rates) {
        Clients clients = new Clients(now.http().trustedProxies());
        RequestAuthenticator authenticator =
                new RequestAuthenticator(now.verifier(), now.auth(), origins(now), clients, now.callers());
        FailureHandler failures = new FailureHandler(now.meters());
        LargeResponses responses = new LargeResponses(clients, responseBytes(), now.clock(), now.meters());
        PublishRoute publishing = new PublishRoute(
                vertx,
                authenticator,
                clients,
                now.rules(),
                now.node(),
                now.limits(),
                rates,
                failures,
                responses,
                bulks,
                now.clock());
        RequestDispatcher dispatcher = new RequestDispatcher(
                now.demo().isPresent(),
                new Cors(origins(now)),
                endpoints(now, rates, clients, authenticator, responses, publishing),
                failures,
                now.clock());
        return new Routes(dispatcher, publishing.bulks());
    }

    /** Returns the endpoints of now; a request uses them until it is answered. Called on the event loop. */
    RequestDispatcher dispatcher() {
        return routes.dispatcher();
    }

    /**
     * Answers later requests by another configuration. Requests that have come already are answered by the one before; those
     * with a line for each event follow, because they may go on for ever. Any thread.
     *
     * @param next the resources of the node, with other options
     * @param rates the limits per second of the node
     */
    Future<Void> reload(ServerContext next, Rates rates) {
        Promise<Void> done = Promise.promise();
        own.runOnContext(onLoop -> {
            try {
                Routes made = routes(next, rates);
                server = next;
                routes = made;
                subscribers.options(next.streams());
                bulks.follow(made.bulks());
                done.complete();
            } catch (RuntimeException bug) {
                done.fail(bug);
            }
        });
        return done.future();
    }

    /** Ends the streams over the configured time, and then the timers. Any thread. */
    Future<Void> drain() {
        Promise<Void> drained = Promise.promise();
        own.runOnContext(onLoop -> {
            bulks.drain();
            subscribers.drain(server.drain()).onComplete(ended -> {
                boolean unused = vertx.cancelTimer(beats);
                unused = vertx.cancelTimer(delays);
                pulse.end();
                drained.complete();
            });
        });
        return drained.future();
    }

    /** Returns the event loop's share of a sixteenth of the heap, but at least the size of two pages. */
    private static long responseBytes() {
        Runtime machine = Runtime.getRuntime();
        return Math.max(2L * HistoryPage.MAX_BYTES, machine.maxMemory() / 16 / machine.availableProcessors());
    }

    /** Returns the event loop's share of the questions that may be in flight to one service. */
    private static int askedAtOnce() {
        return Math.max(1, ServiceCalls.MAX_ASKED / Runtime.getRuntime().availableProcessors());
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

    private List<Endpoint> endpoints(
            ServerContext now,
            Rates rates,
            Clients clients,
            RequestAuthenticator authenticator,
            LargeResponses responses,
            PublishRoute publishing) {
        SubscribeAccess access = new SubscribeAccess(
                now.rules(), new AuthorizeHook(calls, now.services(), now.local(), now.clock(), now.meters()));
        StreamJoin joining = joining(now);
        StreamOpener opener = new StreamOpener(
                own,
                clients,
                now.rules(),
                now.node(),
                now.control(),
                audiences,
                joining,
                subscribers,
                now.streams(),
                now.limits(),
                rates,
                now.http().compression(),
                now.clock(),
                now.meters());
        StreamRoute streams = new StreamRoute(
                authenticator, now.rules(), access, now.control(), joining, opener, now.limits(), now.clock());
        HistoryRoute histories = new HistoryRoute(authenticator, now.rules(), access, now.node(), responses);
        PresenceRoute presence =
                new PresenceRoute(authenticator, now.rules(), access, now.node().presence(), responses);
        SessionRoute sessions = new SessionRoute(authenticator, now.auth(), clients, now.clock());
        SubscriberRoute openStreams =
                new SubscriberRoute(authenticator, sessions, now.control(), now.limits(), now.clock());
        HealthRoute health = new HealthRoute(now.health());
        Predicate<RequestTarget> arePublic = target -> ChannelAccess.arePublic(now.rules(), target);
        QueryParameters streamNames = names(now, StreamQuery.NAMES);
        QueryParameters historyNames = names(now, List.of("channel", "after", "last", "since", "limit"));
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
                        .taking(names(now, List.of("sub", "channel"))),
                Endpoint.at("subscribers/*", "GET, HEAD, DELETE", openStreams::one),
                Endpoint.at("subscribers/*/token", "POST", openStreams::extend),
                Endpoint.at("presence/*", READ, presence::presence)
                        .taking(names(now, List.of("channel")))
                        .publicFor(arePublic),
                Endpoint.at("channels", READ, presence::channels).taking(names(now, List.of("after"))),
                Endpoint.at("health/live", READ, health::live),
                Endpoint.at("health/ready", READ, health::ready)));
        if (now.callers().isEmpty()) {
            // Otherwise the application has sessions of its own, and a token means nothing.
            endpoints.add(Endpoint.at("session", "POST, DELETE", sessions::handle));
        }
        now.demo()
                .map(demo -> new DemoRoute(vertx, authenticator, sessions, now.verifier(), demo))
                .ifPresent(demo -> endpoints.addAll(demo.endpoints()));
        return endpoints;
    }

    private StreamJoin joining(ServerContext now) {
        SnapshotHook hook = new SnapshotHook(
                calls, now.services(), now.local(), now.limits().eventBytes(), now.clock(), now.meters());
        Snapshots snapshots =
                Snapshots.of(own, now.rules(), now.node().hubs(), audiences, hook, now.streams(), now.clock());
        return new StreamJoin(now.node().hubs(), now.node().history(), audiences, snapshots, now.clock());
    }
}
