package io.ssebridge.bus;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;

/** How nodes of the bridge talk to each other: addresses of their own, an operation in a header. */
final class Wire {
    /** Any service may send an event for any channel here, named in the header {@value #CHANNEL}. */
    static final String PUBLISH_ADDRESS = "sse.publish";

    static final String CHANNEL = "channel";

    private static final String OPERATION = "operation";
    private static final String SHARD = "shard";
    private static final String SENDER = "sender";

    // Asking again does no harm, so this need not be long enough for a node that takes up its duties first.
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** What one node asks another. */
    enum Operation {
        /** Append events; asks the leader. Body: events with their uids. Answer: their cursors. */
        APPEND,
        /** From now on announce these channels to the sender; asks their leader. Body: names. Answer: their tails. */
        ATTACH,
        /** How far do the histories of these channels go? Asks their leader. Body: names. Answer: their tails. */
        TAIL,
        /** No longer announce them. Body: names. */
        DETACH,
        /** Which channels of a shard are live on the node? Asked by a new leader. Answer: names. */
        LISTENING,
        /** Can you reach me? Asked by a new node, answered after a {@link #PONG} to it. */
        PING,
        /** I can reach you. */
        PONG
    }

    private Wire() {}

    /** Where a node takes {@linkplain Operation operations}. */
    static String node(String id) {
        return "sse.node." + id;
    }

    /** Where a node takes announcements. */
    static String announcements(String id) {
        return "sse.node." + id + ".announcements";
    }

    static DeliveryOptions options(Operation operation, String sender, int shard) {
        return new DeliveryOptions()
                .addHeader(OPERATION, operation.name())
                .addHeader(SENDER, sender)
                .addHeader(SHARD, Integer.toString(shard))
                .setSendTimeout(TIMEOUT.toMillis());
    }

    static Operation operation(Message<?> message) {
        return Operation.valueOf(header(message, OPERATION));
    }

    static String sender(Message<?> message) {
        return header(message, SENDER);
    }

    static int shard(Message<?> message) {
        int shard = Integer.parseInt(header(message, SHARD));
        if (shard < 0 || shard >= Shards.COUNT) {
            throw new IllegalArgumentException("shard: %d (expected: 0 to %d)".formatted(shard, Shards.COUNT - 1));
        }
        return shard;
    }

    private static String header(Message<?> message, String name) {
        String value = message.headers().get(name);
        if (value == null) {
            throw new IllegalArgumentException("header %s: is missing".formatted(name));
        }
        return value;
    }
}
