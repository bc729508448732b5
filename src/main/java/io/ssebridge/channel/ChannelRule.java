package io.ssebridge.channel;

import io.ssebridge.config.Range;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What holds for the channels that a pattern matches: the bus address they are fed from, and who may do what.
 *
 * @param channel which channels
 * @param address the bus address, its variables those of the channel; null: fed by HTTP and {@code sse.publish} only
 * @param header the message header that tells which of many channels on one shared address is meant: the value of the
 *     channel's one variable or, where the channel has wildcards, its whole name; null: the address tells
 * @param subscribe who may open a stream
 * @param publish who may publish over HTTP
 * @param history how much of the past is kept
 * @param linger how long events may wait at most, under load, to be written together with those behind them
 * @param limit how many of these channels a node takes on, in each of the counts that {@code limits.channels} bounds; 0: as
 *     many as that leaves
 */
public record ChannelRule(
        ChannelPattern channel,
        @Nullable ChannelPattern address,
        @Nullable String header,
        Requirement subscribe,
        Requirement publish,
        Retention history,
        Duration linger,
        int limit) {

    /** Linger, unless given. */
    public static final Duration DEFAULT_LINGER = Duration.ofMillis(10);

    static final Range<Integer> LIMITS = Range.ofNumbers(0, 10_000_000);

    /**
     * Checks that the rule makes sense.
     *
     * @throws IllegalArgumentException if not; the message opens with the part that is wrong
     */
    public ChannelRule {
        if (address != null) {
            checkAddress(channel, address, header);
        } else if (header != null) {
            throw new IllegalArgumentException("header: there is no address whose messages could carry it");
        }
        checkOwner(channel, "subscribe", subscribe);
        checkOwner(channel, "publish", publish);
        LIMITS.check("limit", limit);
    }

    private static void checkAddress(ChannelPattern channel, ChannelPattern address, @Nullable String header) {
        if (address.hasWildcard()) {
            throw new IllegalArgumentException(
                    "address: %s has a wildcard (expected: literal segments and {variables})".formatted(address));
        }
        if (ReservedAddresses.contains(address.toString())) {
            throw new IllegalArgumentException(
                    "address: %s is reserved (%s)".formatted(address, ReservedAddresses.EXPECTED));
        }
        if (!channel.variables().containsAll(address.variables())) {
            throw new IllegalArgumentException(
                    "address: %s names a variable that the channel %s has not".formatted(address, channel));
        }
        if (header == null && (channel.hasWildcard() || !address.variables().equals(channel.variables()))) {
            throw new IllegalArgumentException(
                    "address: %s does not tell which channel of %s is meant (expected: every variable of the channel, "
                                    .formatted(address, channel)
                            + "or a header that names it)");
        }
        if (header != null && !address.isLiteral()) {
            throw new IllegalArgumentException(
                    "address: %s has variables (expected: none where a header tells the channel)".formatted(address));
        }
        if (header != null && !channel.hasWildcard() && channel.variables().size() != 1) {
            throw new IllegalArgumentException(
                    "header: %s (expected: the channel has one variable, or a wildcard)".formatted(header));
        }
    }

    private static void checkOwner(ChannelPattern channel, String key, Requirement requirement) {
        if (requirement.kind() == Requirement.Kind.OWNER && !channel.variables().contains(ChannelPattern.SUBJECT)) {
            throw new IllegalArgumentException(
                    "%s: owner needs {sub} in the channel (found: %s)".formatted(key, channel));
        }
    }

    /**
     * The bus address that feeds a channel.
     *
     * @param name a channel that this rule matches
     */
    public Optional<String> addressOf(ChannelName name) {
        return address == null ? Optional.empty() : Optional.of(address.fill(channel.bind(name)));
    }

    /**
     * Refuses a channel whose name fills the variables of the address to one that is reserved: the pattern alone does not
     * tell.
     *
     * @throws IllegalArgumentException if it does; the message names the channel
     */
    void checkAddressOf(ChannelName name) {
        String variable = address == null ? null : address.leadingVariable();
        if (variable == null || !ReservedAddresses.mayContain(name.value(), channel.start(name, variable))) {
            return;
        }
        String filled = addressOf(name).orElseThrow();
        if (ReservedAddresses.contains(filled)) {
            throw new IllegalArgumentException("channel \"%s\": its address %s is reserved (%s)"
                    .formatted(name, filled, ReservedAddresses.EXPECTED));
        }
    }

    /**
     * The channel that a message on the shared address is for.
     *
     * @param value the value of the message's {@link #header}
     * @throws IllegalArgumentException if the value names none of this rule's channels
     */
    public ChannelName channelOf(String value) {
        if (!channel.hasWildcard() && !ChannelName.isSegment(value)) {
            throw new IllegalArgumentException(
                    "header %s: is not one segment (expected: no '.', '*', '{', '}', control character)"
                            .formatted(header));
        }
        ChannelName name = new ChannelName(channel.hasWildcard() ? value : channel.fill(valueForAll(value)));
        if (!channel.matches(name)) {
            throw new IllegalArgumentException("header %s: no channel of %s".formatted(header, channel));
        }
        return name;
    }

    private Map<String, String> valueForAll(String value) {
        return channel.variables().stream().collect(Collectors.toMap(variable -> variable, variable -> value));
    }

    /** Whether many channels share the address, told apart by a header. */
    public boolean isShared() {
        return header != null;
    }
}
