package io.ssebridge.bus;

import io.ssebridge.bus.Wire.Operation;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventCodec;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Asks the leaders of channels, on whatever node they are, and asks again while leadership moves.
 *
 * <p>Asking again is safe only if the first question certainly did nothing ({@link Refusals#isMisdirected}); anything
 * else is reported.
 *
 * <p><b>Owner:</b> the node's own context.
 */
final class LeaderClient {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long RETRY_MILLIS = 25;
    private static final int MAX_WAITING = 10_000;
    private static final int MAX_BATCH = 64;

    private final Vertx vertx;
    private final Shards shards;
    private final String self;
    private final InstantSource clock;
    private final Map<ChannelName, Outbox> outboxes = new HashMap<>();

    LeaderClient(Vertx vertx, Shards shards, String self, InstantSource clock) {
        this.vertx = vertx;
        this.shards = shards;
        this.self = self;
        this.clock = clock;
    }

    /**
     * Hands an event to the leader of its channel, behind all that were handed over from here before.
     *
     * @return its sequence, once it is appended and announced
     */
    Future<Long> publish(ChannelName channel, Event event) {
        return outboxes.computeIfAbsent(channel, Outbox::new).add(event);
    }

    /** Asks the leader to announce a channel to this node. */
    Future<Void> attach(ChannelName channel) {
        return ask(Shards.of(channel), Operation.ATTACH, Names.encode(List.of(channel)))
                .mapEmpty();
    }

    /** Repeats {@link #attach} for channels of one shard, in case a leader has lost track of this node. */
    Future<Void> attachAgain(int shard, Collection<ChannelName> channels) {
        return ask(shard, Operation.ATTACH, Names.encode(channels)).mapEmpty();
    }

    /** Tells the leader that this node needs a channel no longer; if it does not hear, it only announces in vain. */
    void detach(ChannelName channel) {
        int shard = Shards.of(channel);
        String leader = shards.leader(shard);
        if (leader != null) {
            vertx.eventBus()
                    .send(
                            Wire.node(leader),
                            Names.encode(List.of(channel)),
                            Wire.options(Operation.DETACH, self, shard));
        }
    }

    private Future<Message<Object>> ask(int shard, Operation operation, Object body) {
        return ask(shard, operation, body, clock.millis() + PATIENCE.toMillis());
    }

    private Future<Message<Object>> ask(int shard, Operation operation, Object body, long deadline) {
        String leader = shards.leader(shard);
        Future<Message<Object>> answer = leader == null
                ? Future.failedFuture(Refusals.misdirected(null))
                : vertx.eventBus().request(Wire.node(leader), body, Wire.options(operation, self, shard));
        return answer.recover(failure -> Refusals.isMisdirected(failure) && clock.millis() < deadline
                ? vertx.timer(RETRY_MILLIS).compose(later -> ask(shard, operation, body, deadline))
                : Future.failedFuture(failure));
    }

    private record Waiting(Event event, Promise<Long> numbered) {}

    /** One batch of a channel under way at a time, so that asking again changes no order; the rest waits here. */
    private final class Outbox {
        private final ChannelName channel;
        private final Deque<Waiting> waiting = new ArrayDeque<>();
        private boolean underWay;

        private Outbox(ChannelName channel) {
            this.channel = channel;
        }

        private Future<Long> add(Event event) {
            if (waiting.size() >= MAX_WAITING) {
                return Future.failedFuture(Refusals.of(Refusals.TOO_MANY, "too many events wait for this channel"));
            }
            Promise<Long> numbered = Promise.promise();
            waiting.add(new Waiting(event, numbered));
            if (!underWay) {
                sendNext();
            }
            return numbered.future();
        }

        private void sendNext() {
            if (waiting.isEmpty()) {
                underWay = false;
                outboxes.remove(channel, this);
                return;
            }
            underWay = true;
            List<Waiting> batch = new ArrayList<>();
            while (!waiting.isEmpty() && batch.size() < MAX_BATCH) {
                batch.add(waiting.remove());
            }
            ask(Shards.of(channel), Operation.APPEND, encode(batch)).onComplete(answer -> {
                for (int i = 0; i < batch.size(); i++) {
                    if (answer.succeeded()) {
                        batch.get(i).numbered().complete((Long) answer.result().body() + i);
                    } else {
                        batch.get(i).numbered().fail(answer.cause());
                    }
                }
                sendNext();
            });
        }

        private Buffer encode(List<Waiting> batch) {
            Appended appended =
                    new Appended(channel, batch.stream().map(Waiting::event).toList());
            return appended.encode();
        }
    }

    /** The body of an {@link Operation#APPEND}. */
    record Appended(ChannelName channel, List<Event> events) {
        Buffer encode() {
            Buffer name = Buffer.buffer(channel.value());
            Buffer bytes = Buffer.buffer().appendInt(name.length()).appendBuffer(name);
            EventCodec.encode(bytes, events);
            return bytes;
        }

        static Appended decode(Buffer bytes) {
            try {
                int nameEnd = Integer.BYTES + bytes.getInt(0);
                ChannelName channel = new ChannelName(bytes.getString(Integer.BYTES, nameEnd));
                return new Appended(channel, EventCodec.decode(bytes, nameEnd));
            } catch (IndexOutOfBoundsException e) {
                throw new IllegalArgumentException("append: %d bytes end too early".formatted(bytes.length()), e);
            }
        }
    }
}
