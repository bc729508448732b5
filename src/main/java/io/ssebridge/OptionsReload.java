package io.ssebridge;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.ssebridge.access.TokenVerifier;
import io.ssebridge.bus.BusNode;
import io.ssebridge.channel.ChannelRules;
import io.ssebridge.cluster.Cluster;
import io.ssebridge.config.ConfigException;
import io.ssebridge.config.OneLine;
import io.ssebridge.http.BridgeRoutes;
import io.ssebridge.http.ServerContext;
import io.ssebridge.hub.LimitOptions;
import io.ssebridge.hub.Owner;
import io.ssebridge.time.NodeClock;
import io.vertx.core.Future;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives a running node other options. They are checked as a whole before anything changes. The steps:
 *
 * <ol>
 *   <li>Read the options, and compare them with those of the node ({@link OptionsChanges}).
 *   <li>Prepare what may fail: the keys that check tokens, and the histories of new rules.
 *   <li>Replace the rules, and the endpoints of each event loop. A request that has come before is answered by the endpoints
 *       before.
 *   <li>End the streams that the new rules do not allow.
 *   <li>Let the led channels follow the rules: addresses are opened and closed, and channels without a rule are released.
 * </ol>
 *
 * <p>One reload runs at a time. <b>Owner:</b> one context; {@link #run} may be called on any thread.
 */
final class OptionsReload {
    private static final Logger LOG = LoggerFactory.getLogger(OptionsReload.class);

    private static final List<String> RESULTS = List.of("applied", "unchanged", "refused");

    private final Owner owner;
    private final Cluster cluster;
    private final BridgeRoutes routes;
    private final AtomicReference<TokenVerifier> verifier;
    private final NodeClock clock;
    private final MeterRegistry meters;
    private BridgeOptions options;
    private ServerContext server;
    private Future<Void> last = Future.succeededFuture();

    /**
     * Creates the reloading of a node.
     *
     * @param options the options of the node. Its rules are those that the parts of the node hold
     * @param server the resources of the node
     * @param verifier the one that is in use; replaced with the keys
     */
    OptionsReload(
            Cluster cluster,
            BridgeRoutes routes,
            BridgeOptions options,
            ServerContext server,
            AtomicReference<TokenVerifier> verifier) {
        this.owner = new Owner(cluster.vertx().getOrCreateContext());
        this.cluster = cluster;
        this.routes = routes;
        this.options = options;
        this.server = server;
        this.verifier = verifier;
        this.clock = server.clock();
        this.meters = server.meters();
        for (String result : RESULTS) {
            var unused = counter(server.meters(), result);
        }
    }

    /**
     * Takes other options.
     *
     * @param reader reads them; called on a worker thread
     * @return what has changed, empty: nothing; fails with a {@link ConfigException} if the node keeps its options
     */
    Future<List<String>> run(Callable<BridgeOptions> reader) {
        return owner.call(() -> {
            Future<List<String>> changed = last.compose(free -> reload(reader));
            last = changed.transform(done -> Future.succeededFuture());
            return changed;
        });
    }

    private Future<List<String>> reload(Callable<BridgeOptions> reader) {
        return read(reader)
                .compose(read -> read.changes().isEmpty()
                        ? unchanged()
                        : prepare(read.options())
                                .compose(keys -> apply(read.options(), keys))
                                .map(ended -> applied(read.changes(), ended)))
                .onFailure(this::refused);
    }

    /** The options that were read, and what differs. */
    private record Read(BridgeOptions options, List<String> changes) {}

    private Future<Read> read(Callable<BridgeOptions> reader) {
        BridgeOptions before = options;
        return cluster.vertx()
                .executeBlocking(
                        () -> {
                            BridgeOptions read = reader.call().checkAll();
                            return new Read(read, OptionsChanges.between(before, read));
                        },
                        false)
                .map(Objects::requireNonNull);
    }

    /** Returns what checks tokens by the new options. */
    private Future<TokenVerifier> prepare(BridgeOptions next) {
        return cluster.prepare(next.channels()).compose(prepared -> {
            if (next.auth().equals(options.auth())) {
                return Future.succeededFuture(verifier.get());
            }
            TokenVerifier fresh = TokenVerifier.create(cluster.vertx(), next.auth(), clock);
            return fresh.startWithKeys().map(fresh).onFailure(unusable -> fresh.close());
        });
    }

    /** Takes the options. From here on nothing is refused. */
    private Future<Integer> apply(BridgeOptions next, TokenVerifier keys) {
        ChannelRules rules = options.channels();
        if (!rules.equals(next.channels())) {
            rules.replace(next.channels());
        }
        options = next.withChannels(rules);
        server = server.with(
                next.http(),
                next.auth(),
                next.stream(),
                next.limits(),
                rules.snapshot(),
                keys,
                next.callers(),
                next.services());
        TokenVerifier before = verifier.getAndSet(keys);
        return routes.reload(server)
                .compose(answered -> server.control().changed(next.limits()))
                .compose(ended -> count(next.limits())
                        .compose(counted -> server.node().rulesChanged())
                        // The node tries again to register an address.
                        .onFailure(late -> LOG.warn("A channel does not follow its new rule yet: {}", late.toString()))
                        .otherwiseEmpty()
                        .map(ended))
                .onComplete(done -> {
                    if (before != keys) {
                        before.close();
                    }
                });
    }

    private Future<Void> count(LimitOptions limits) {
        BusNode node = server.node();
        return cluster.vertx()
                .executeBlocking(Executors.callable(() -> node.limit(limits)), false)
                .mapEmpty();
    }

    private List<String> applied(List<String> changes, int ended) {
        count("applied");
        LOG.info(
                "The configuration has changed: {}{}",
                OneLine.of(String.join("; ", changes)),
                ended == 0 ? "" : ". Streams that have lost their access: " + ended);
        return changes;
    }

    private Future<List<String>> unchanged() {
        count("unchanged");
        LOG.info("The configuration has not changed");
        return Future.succeededFuture(List.of());
    }

    private void refused(Throwable failure) {
        count("refused");
        if (failure instanceof IllegalArgumentException || failure instanceof ConfigException) {
            LOG.error("The changed configuration is refused, and the one before it stays: {}", failure.getMessage());
        } else {
            LOG.error("The changed configuration could not be taken", failure);
        }
    }

    private void count(String result) {
        counter(meters, result).increment();
    }

    private static Counter counter(MeterRegistry meters, String result) {
        return Counter.builder("sse.config.reloads")
                .description("Times that the configuration was read again, by the result")
                .tag("result", result)
                .register(meters);
    }
}
