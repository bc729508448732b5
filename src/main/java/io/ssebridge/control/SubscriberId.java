package io.ssebridge.control;

import io.ssebridge.encoding.Sha256;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The id of an open stream: 128 random bits, which nobody can guess, and a hash of 32 bits that leads to the stream's node. So a
 * request about a stream costs one message, and a request with an invented id costs none.
 *
 * @param text the id in hexadecimal digits
 */
public record SubscriberId(String text) {
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final HexFormat HEX = HexFormat.of();
    private static final int RANDOM_BYTES = 16;
    private static final int NODE_BYTES = 4;
    private static final Pattern SYNTAX = Pattern.compile("[0-9a-f]{%d}".formatted(2 * (RANDOM_BYTES + NODE_BYTES)));

    /**
     * Draws the id of a new stream.
     *
     * @param node the id of the node with the stream
     */
    public static SubscriberId draw(String node) {
        byte[] random = new byte[RANDOM_BYTES];
        RANDOM.nextBytes(random);
        return new SubscriberId(HEX.formatHex(random) + hash(node));
    }

    /**
     * Reads an id.
     *
     * @param text any text
     * @return empty if no stream can have this id
     */
    public static Optional<SubscriberId> parse(String text) {
        return SYNTAX.matcher(text).matches() ? Optional.of(new SubscriberId(text)) : Optional.empty();
    }

    /** Returns whether the id was drawn on a node. Two nodes of a cluster practically never have the same hash. */
    boolean isOf(String node) {
        return text.endsWith(hash(node));
    }

    private static String hash(String node) {
        return HEX.formatHex(Arrays.copyOf(Sha256.hash(node), NODE_BYTES));
    }
}
