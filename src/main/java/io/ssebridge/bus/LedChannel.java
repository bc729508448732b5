package io.ssebridge.bus;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.history.History;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A channel that this node leads: it gives the events their order and knows which nodes listen.
 *
 * <p>There is one append in flight; what arrives meanwhile goes into the next. Several at once could change their order
 * on the way.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LedChannel {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_BATCH = 64;

    private final ChannelName name;
    private final History history;
    private final Consumer<Announcement> announce;
    private final long life = RANDOM.nextLong();
    private final Set<String> listeners = new HashSet<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private Future<Void> appending = Future.succeededFuture();
    private long lastUse;

    private record Waiting(Event event, Promise<Long> numbered) {}

    LedChannel(ChannelName name, History history, Consumer<Announcement> announce) {
        this.name = name;
        this.history = history;
        this.announce = announce;
    }

    ChannelName name() {
        return name;
    }

    /** The nodes that have subscribers. */
    Set<String> listeners() {
        return listeners;
    }

    /** Somebody needs the channel at this time, in milliseconds. */
    void used(long now) {
        lastUse = now;
    }

    boolean isIdle(long now, long ttlMillis) {
        return listeners.isEmpty() && waiting.isEmpty() && appending.isComplete() && now - lastUse >= ttlMillis;
    }

    /**
     * Appends an event behind all that came before.
     *
     * @return its sequence, once it is appended and announced
     */
    Future<Long> append(Event event) {
        if (waiting.size() >= MAX_WAITING) {
            return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events wait for this channel"));
        }
        Promise<Long> numbered = Promise.promise();
        waiting.add(new Waiting(event, numbered));
        if (appending.isComplete()) {
            appendNext();
        }
        return numbered.future();
    }

    /** When nothing that has come waits any more. */
    Future<Void> quiet() {
        return appending.isComplete() && waiting.isEmpty()
                ? Future.succeededFuture()
                : appending.transform(done -> quiet());
    }

    private void appendNext() {
        List<Waiting> batch = new ArrayList<>();
        while (!waiting.isEmpty() && batch.size() < MAX_BATCH) {
            batch.add(waiting.remove());
        }
        List<Event> events = batch.stream().map(Waiting::event).toList();
        Promise<Void> done = Promise.promise();
        appending = done.future();
        history.append(name, events).onComplete(appended -> {
            if (appended.succeeded()) {
                long first = appended.result();
                announce.accept(new Announcement(name, life, first, events));
                for (int i = 0; i < batch.size(); i++) {
                    batch.get(i).numbered().complete(first + i);
                }
            } else {
                batch.forEach(each -> each.numbered().fail(appended.cause()));
            }
            done.complete();
            if (!waiting.isEmpty() && appending.isComplete()) {
                appendNext();
            }
        });
    }
}
