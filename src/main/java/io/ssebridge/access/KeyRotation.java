package io.ssebridge.access;

import io.ssebridge.config.OneLine;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the keys of a set current. It reads the set:
 *
 * <ol>
 *   <li>at the start;
 *   <li>after each period of the document, or sooner after a failure;
 *   <li>when a token names an unknown key, but not again before the shortest period of the document has passed. So tokens
 *       with invented names cost one reading in this time, from all clients together.
 * </ol>
 *
 * <p>If a reading fails, or the set has no usable key, the keys before it stay. The log says so once, and says when the
 * set can be read again.
 *
 * <p><b>Owner:</b> one context; {@link #refresh}, {@link #keys}, {@link #failure} and {@link #close} may be called from any thread.
 */
final class KeyRotation {
    private static final Logger LOG = LoggerFactory.getLogger(KeyRotation.class);
    private static final Future<Void> DONE = Future.succeededFuture();

    private final Vertx vertx;
    private final Context owner;
    private final KeySetDocument document;
    private final Duration period;
    private final Duration leastPeriod;
    private final List<String> algorithms;
    private final Consumer<KeyRing> onChange;

    // Written by the owner only.
    private volatile @Nullable KeyRing keys;
    private volatile Future<Void> reading = DONE;
    private volatile boolean rested = true;
    private volatile Optional<String> failure = Optional.empty();

    // Owner only.
    private @Nullable Long dueTimer;
    private @Nullable Long restTimer;
    private boolean closed;

    /**
     * Creates a rotation that has read nothing yet.
     *
     * @param document the document with the set
     * @param algorithms the configured algorithms; empty: the default of each key
     * @param onChange called by the owner with the first keys and whenever they have changed
     */
    KeyRotation(Vertx vertx, KeySetDocument document, List<String> algorithms, Consumer<KeyRing> onChange) {
        this.vertx = vertx;
        this.owner = vertx.getOrCreateContext();
        this.document = document;
        this.period = document.period();
        this.leastPeriod = document.leastPeriod();
        this.algorithms = algorithms;
        this.onChange = onChange;
    }

    /** Returns the newest usable keys; empty before the first ones. */
    Optional<KeyRing> keys() {
        return Optional.ofNullable(keys);
    }

    /** Returns why the last reading failed; empty if it did not. */
    Optional<String> failure() {
        return failure;
    }

    /**
     * Reads the set, unless it has just been read.
     *
     * @return completes, on any thread, when the reading has ended, with or without new keys. It is complete already if
     *     there is nothing to wait for
     */
    Future<Void> refresh() {
        // Read in the other order than begin() writes: a caller that sees the rest also sees the reading before it.
        boolean mayRead = rested;
        Future<Void> current = reading;
        if (!current.isComplete() || !mayRead) {
            return current;
        }
        Promise<Void> done = Promise.promise();
        owner.runOnContext(called -> (rested ? begin() : reading).onComplete(done));
        return done.future();
    }

    private Future<Void> begin() {
        if (!reading.isComplete() || closed) {
            return reading;
        }
        cancelTimers();
        restTimer = vertx.setTimer(leastPeriod.toMillis(), passed -> rested = true);
        reading = document.read()
                .compose(content -> vertx.executeBlocking(() -> KeySetReader.read(content), false))
                .map(read -> KeyRing.ofSet(Objects.requireNonNull(read), algorithms))
                .transform(outcome -> {
                    try {
                        if (outcome.succeeded()) {
                            take(outcome.result());
                        } else {
                            keep(outcome.cause());
                        }
                    } finally {
                        planNext();
                    }
                    return DONE;
                });
        rested = false;
        return reading;
    }

    private void take(KeyRing read) {
        if (read.size() == 0) {
            keep(new KeySetException("it has no key for the algorithms " + String.join(", ", algorithms)));
            return;
        }
        KeyRing before = keys;
        if (failure.isPresent()) {
            failure = Optional.empty();
            LOG.info("The key set {} can be read again", document.location());
        }
        if (before == null || !before.isSame(read)) {
            keys = read;
            LOG.info("The key set {} has {} usable keys", document.location(), read.size());
            onChange.accept(read);
        }
    }

    private void keep(Throwable cause) {
        boolean first = failure.isEmpty();
        String reason = OneLine.of(String.valueOf(cause.getMessage()));
        failure = Optional.of(reason);
        if (first && !closed) {
            LOG.warn(
                    "The key set {} cannot be used: {}. {}. It is tried again every {} s",
                    document.location(),
                    reason,
                    keys == null ? "No token can be checked yet" : "The keys before it stay valid",
                    leastPeriod.toSeconds());
        }
    }

    private void planNext() {
        if (!closed) {
            Duration wait = failure.isPresent() ? leastPeriod : period;
            dueTimer = vertx.setTimer(wait.toMillis(), due -> {
                Future<Void> unused = begin();
            });
        }
    }

    private void cancelTimers() {
        if (dueTimer != null) {
            boolean unused = vertx.cancelTimer(dueTimer);
        }
        if (restTimer != null) {
            boolean unused = vertx.cancelTimer(restTimer);
        }
    }

    /** Ends the readings. The keys stay. */
    void close() {
        owner.runOnContext(called -> {
            closed = true;
            cancelTimers();
            document.close();
        });
    }
}
