package io.ssebridge.demo;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.channel.ChannelRule;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.channel.Requirement;
import io.ssebridge.hub.Owner;
import io.ssebridge.membership.Nodes;
import io.ssebridge.time.NodeClock;
import io.ssebridge.wire.Refusals;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import io.vertx.core.shareddata.AsyncMap;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * The demo on this node. It exists in demo mode only. The visitor of the page starts scenes, and may stop nodes.
 *
 * <p><b>Owner:</b> its own context. The public methods may be called on any thread, once it is open.
 */
public final class Demo extends VerticleBase {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int ID_BITS = 80;
    private static final int ID_RADIX = 36;
    private static final long ENTER_AGAIN_MILLIS = 5_000;
    private static final long STOP_PAUSE_MILLIS = 10_000;
    private static final String MATCH = "match";
    private static final String STOP = "stop";

    private final Nodes nodes;
    private final ChannelRules rules;
    private final BiFunction<JsonObject, Duration, String> signer;
    private final String subjectClaim;
    private final String host;
    private final String path;
    private final NodeClock clock;
    private volatile Optional<Runnable> halt = Optional.empty();
    private @Nullable Parts parts;

    /** What exists once the demo is open. */
    private record Parts(
            Owner owner,
            DemoNodes nodes,
            AsyncMap<String, String> locks,
            Webhook webhook,
            Scenes scenes,
            Clocks clocks,
            Flood flood) {}

    private Demo(
            Nodes nodes,
            ChannelRules rules,
            BiFunction<JsonObject, Duration, String> signer,
            String subjectClaim,
            String host,
            String path,
            NodeClock clock) {
        this.nodes = nodes;
        this.rules = rules;
        this.signer = signer;
        this.subjectClaim = subjectClaim;
        this.host = host;
        this.path = path;
        this.clock = clock;
    }

    /**
     * Opens the demo on a node that has joined the bridge.
     *
     * @param vertx runs the node
     * @param nodes the members of the cluster
     * @param rules the rules of the channels
     * @param signer signs the claims of a token that lives for some time
     * @param subjectClaim the claim that names the subject
     * @param host the host on which this node serves
     * @param path the prefix of the paths of the bridge
     * @param clock the time
     */
    public static Future<Demo> open(
            Vertx vertx,
            Nodes nodes,
            ChannelRules rules,
            BiFunction<JsonObject, Duration, String> signer,
            String subjectClaim,
            String host,
            String path,
            NodeClock clock) {
        Demo demo = new Demo(nodes, rules, signer, subjectClaim, host, path, clock);
        return vertx.deployVerticle(demo).map(demo);
    }

    @Override
    public Future<?> start() {
        Future<AsyncMap<String, String>> names = vertx.sharedData().getAsyncMap("sse.demo.nodes");
        Future<AsyncMap<String, String>> locks = vertx.sharedData().getAsyncMap("sse.demo.locks");
        return Future.all(names, locks).compose(ready -> {
            DemoNodes named = new DemoNodes(nodes, names.result());
            BusPublisher bus = new BusPublisher(vertx);
            Webhook webhook = new Webhook(vertx, host, path);
            Scenes scenes = new Scenes(vertx, named, bus, webhook, clock);
            Clocks clocks = new Clocks(vertx, named, bus, clock);
            parts = new Parts(new Owner(context), named, locks.result(), webhook, scenes, clocks, new Flood(bus));
            return Future.all(scenes.start(), clocks.start());
        });
    }

    private Parts parts() {
        return Objects.requireNonNull(parts, "not open");
    }

    /** Ends the demo on this node. */
    public Future<Void> close() {
        return vertx.undeploy(context.deploymentID());
    }

    /**
     * Tells the cluster where this node serves.
     *
     * @param port the TCP port of its HTTP server
     */
    public void serving(int port) {
        parts().owner().run(() -> {
            parts().webhook().port(port);
            enter(port);
            long unused = vertx.setPeriodic(ENTER_AGAIN_MILLIS, tick -> enter(port));
        });
    }

    private void enter(int port) {
        // It is tried again later.
        var unused = parts().nodes().enter(port);
    }

    /**
     * Allows visitors to stop this node.
     *
     * @param how ends the process at once
     */
    public void onStop(Runnable how) {
        halt = Optional.of(how);
    }

    /**
     * Signs a token.
     *
     * @param subject its subject
     * @param properties its public properties
     * @param life how long it is valid
     */
    public String token(String subject, JsonObject properties, Duration life) {
        return signer.apply(new JsonObject().put(subjectClaim, subject).put("properties", properties), life);
    }

    /** Describes the nodes of the cluster and what runs. */
    public Future<JsonObject> describe() {
        return parts().owner()
                .call(() -> parts().nodes()
                        .all()
                        .compose(all -> parts().locks().get(MATCH).map(match -> {
                            DemoNode self = parts().nodes().self();
                            JsonArray nodesJson = new JsonArray();
                            all.forEach(
                                    node -> nodesJson.add(node.toJson(node.id().equals(self.id()))));
                            return new JsonObject()
                                    .put("node", self.toJson(true))
                                    .put("nodes", nodesJson)
                                    .put(MATCH, match != null)
                                    .put("running", parts().scenes().running())
                                    .put("limit", Scenes.LIMIT)
                                    .put(
                                            "clocks",
                                            new JsonArray(parts().clocks().running()));
                        })));
    }

    /**
     * Starts a cricket match, of which the cluster has one at a time.
     *
     * @return its channel; fails with a {@link ConflictException} while another match runs
     */
    public Future<JsonObject> match() {
        String id = newId();
        Script script = CricketMatch.script(id);
        return parts().owner()
                .call(() -> parts().locks()
                        .putIfAbsent(MATCH, id, script.durationMillis())
                        .compose(other -> other == null
                                ? parts().scenes().start(Scene.Kind.MATCH, id, null)
                                : Future.failedFuture(new ConflictException("a match runs already")))
                        .map(scene -> new JsonObject()
                                .put("channel", scene.channel())
                                .put("balls", script.lines().size())));
    }

    /** Starts a job; returns its id, channel and stream. */
    public Future<JsonObject> job() {
        return start(Scene.Kind.JOB, null);
    }

    /**
     * Starts an answer that comes word by word; returns its id, channel and stream.
     *
     * @param question what the visitor asks
     */
    public Future<JsonObject> run(String question) {
        return start(Scene.Kind.RUN, question);
    }

    private Future<JsonObject> start(Scene.Kind kind, @Nullable String text) {
        return parts().owner()
                .call(() -> parts().scenes().start(kind, newId(), text))
                .map(scene -> new JsonObject()
                        .put("id", scene.id())
                        .put("channel", scene.channel())
                        .put("stream", "stream/" + scene.channel()));
    }

    /**
     * Publishes many events on a channel. The future completes when the first one is on its way.
     *
     * @param channel the channel
     * @param events how many, at most 1,000
     */
    public Future<JsonObject> flood(ChannelName channel, int events) {
        if (events < 1 || events > Flood.MOST_EVENTS) {
            return Future.failedFuture(new IllegalArgumentException(
                    "events: %d (expected: 1 to %d)".formatted(events, Flood.MOST_EVENTS)));
        }
        if (!isOpen(channel)) {
            return Future.failedFuture(Refusals.of(
                    Refusals.FORBIDDEN, "channel \"%s\": visitors do not publish there".formatted(channel)));
        }
        return parts().owner().call(() -> {
            if (parts().flood().isRunning()) {
                return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "this node publishes a flood already"));
            }
            parts().flood().start(channel.value(), events);
            return Future.succeededFuture(
                    new JsonObject().put("channel", channel.value()).put("events", events));
        });
    }

    private boolean isOpen(ChannelName channel) {
        return rules.find(channel)
                .map(ChannelRule::publish)
                .filter(publish -> publish.kind() != Requirement.Kind.NONE)
                .isPresent();
    }

    /**
     * Allows this node to stop, if another one goes on.
     *
     * @return this node; {@link #halt} ends it. Fails with a {@link ConflictException} if no other node is there, or if one
     *     was stopped a moment ago
     */
    public Future<JsonObject> stopNode() {
        return parts().owner().call(() -> {
            DemoNode self = parts().nodes().self();
            if (halt.isEmpty() || !parts().nodes().hasOthers()) {
                return Future.failedFuture(new ConflictException("no other node would go on"));
            }
            String name = String.valueOf(self.name());
            return parts().locks()
                    .putIfAbsent(STOP, name, STOP_PAUSE_MILLIS)
                    .compose(other -> other == null
                            ? Future.succeededFuture(new JsonObject().put("node", self.toJson(true)))
                            : Future.failedFuture(new ConflictException("node %s was stopped less than %d s ago"
                                    .formatted(other, STOP_PAUSE_MILLIS / 1_000))));
        });
    }

    /** Ends the process at once, as a crash does. */
    public void halt() {
        halt.ifPresent(Runnable::run);
    }

    private static String newId() {
        return new BigInteger(ID_BITS, RANDOM).toString(ID_RADIX);
    }
}
