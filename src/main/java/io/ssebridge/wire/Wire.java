package io.ssebridge.wire;

import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import java.time.Duration;

/** The messages between nodes of the bridge: each node has its own addresses, and a header names the operation. */
public final class Wire {
    /**
     * The address to which any service may send an event for any channel. The header {@value #CHANNEL} names the
     * channel.
     */
    public static final String PUBLISH_ADDRESS = "sse.publish";

    public static final String CHANNEL = "channel";

    /** The number of shards. All nodes of a cluster must agree on it. */
    public static final int SHARDS = 64;

    private static final String OPERATION = "operation";
    private static final String SHARD = "shard";
    private static final String SENDER = "sender";

    // A repeated question does no harm. So the time-out may be shorter than the time in which a node takes up its
    // duties.
    private static final Duration TIMEOUT = Duration.ofSeconds(2);

    /** The operations that a node may request from another node. */
    public enum Operation {
        /** Appends events. Sent to the leader. Body: events with their uids. Answer: their receipts. */
        APPEND,
        /** Announces channels to the sender from now on. Sent to their leader. Body: names. Answer: their tails. */
        ATTACH,
        /** Looks up the tails of channels. Sent to their leader. Body: names. Answer: their tails. */
        TAIL,
        /** Stops announcing channels to the sender. Body: names. */
        DETACH,
        /** Lists the live channels of a shard on the node. Sent by a new leader. Answer: names. */
        LISTENING,
        /** Counts the subscribers of a channel on the node. Body: the channel. Answer: the node's part of the presence. */
        PRESENCE,
        /** Lists the channels in use on the node. Body: the wanted channels. Answer: the node's part of the list. */
        CHANNELS,
        /**
         * Reports the members, and the channels with subscribers, on the sender. Sent to the leader of some shards. Body: the changes in each shard. Answer: the
         * shards for which the next report must be complete.
         */
        ROSTER,
        /** Asks a node for a complete {@link #ROSTER}. Sent by a new leader. Body: the shards. */
        ROSTER_WANTED,
        /**
         * Asks a node whether it can reach the sender. The node sends a {@link #PONG} to the sender before it answers.
         */
        PING,
        /** Shows the receiver that the sender can reach it. */
        PONG,
        /** Asks a node about its open streams, or changes them. Body and answer: JSON objects of the package control. */
        STREAMS
    }

    private Wire() {}

    /** Returns the address on which a node receives {@linkplain Operation operations}. */
    public static String node(String id) {
        return "sse.node." + id;
    }

    /** Returns the address on which a node receives announcements. */
    public static String announcements(String id) {
        return "sse.node." + id + ".announcements";
    }

    /** Returns the headers and the time-out of a request to another node. */
    public static DeliveryOptions options(Operation operation, String sender, int shard) {
        return new DeliveryOptions()
                .addHeader(OPERATION, operation.name())
                .addHeader(SENDER, sender)
                .addHeader(SHARD, Integer.toString(shard))
                .setSendTimeout(TIMEOUT.toMillis());
    }

    /**
     * Reads the operation of a request.
     *
     * @throws IllegalArgumentException if there is none, or if it is of another version
     */
    public static Operation operation(Message<?> message) {
        String name = header(message, OPERATION);
        try {
            return Operation.valueOf(name);
        } catch (IllegalArgumentException e) {
            // Without the name, which may be of any length.
            throw new IllegalArgumentException("header operation: is unknown", e);
        }
    }

    /**
     * Reads the id of the node that has sent a request.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static String sender(Message<?> message) {
        return header(message, SENDER);
    }

    /**
     * Reads the shard of a request.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static int shard(Message<?> message) {
        int shard = number(header(message, SHARD));
        if (shard < 0 || shard >= SHARDS) {
            throw new IllegalArgumentException("shard: %d (expected: 0 to %d)".formatted(shard, SHARDS - 1));
        }
        return shard;
    }

    private static int number(String header) {
        try {
            return Integer.parseInt(header);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("header shard: is not a number", e);
        }
    }

    private static String header(Message<?> message, String name) {
        String value = message.headers().get(name);
        if (value == null) {
            throw new IllegalArgumentException("header %s: is missing".formatted(name));
        }
        return value;
    }
}
