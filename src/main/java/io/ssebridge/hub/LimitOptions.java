package io.ssebridge.hub;

import io.ssebridge.config.Key;
import io.ssebridge.config.Range;
import io.ssebridge.config.Section;
import io.vertx.core.json.JsonObject;

/**
 * The bounds of one node. Each says what happens beyond it.
 *
 * @param subscribers open streams; default 100,000, 0 for no limit; beyond it, streams are refused
 * @param subscribersPerSubject open streams of one subject in the whole cluster; default 20, 0 for no limit; beyond it,
 *     streams are refused
 * @param subscribersPerIp open streams of one client address; default 0, which means no limit; beyond it, streams are
 *     refused
 * @param channelsPerStream channels of one stream; default 50; beyond it, the request is refused
 * @param channels live channels; default 20,000; beyond it, a request for a new channel is refused; channels of rules
 *     without variables do not count
 * @param newChannelsPerIp new channels that the streams of one client address may open per minute; default 600, 0 for
 *     no limit; beyond it, the request is refused
 * @param eventBytes the size of the largest event's data; key {@code eventSize}, default 64 KiB, from 1 KiB to 1 MiB; a
 *     larger event is refused
 * @param eventsPerRequest events times channels of one publish request over HTTP; default 1,000; beyond it, the request
 *     is refused
 * @param stalledBytes bytes that all stalled streams of the node hold together; default 64 MiB; beyond it, the streams
 *     that have been stalled longest are cut
 * @param historyBytes bytes of the histories that the node leads; default 1 GiB; beyond it, histories of channels that are not
 *     in use are destroyed, and events that need more are refused
 * @param dedupBytes bytes that the node uses to recognise duplicate events; default 64 MiB; beyond it, the oldest
 *     entries are dropped
 * @param replays readings of histories at the same time; default 64; beyond it, readings wait
 * @param publishRate events that one caller may publish per second over HTTP; default 0, which means no limit; beyond it, the
 *     request is refused
 * @param connectRate streams that the node opens per second; default 0, which means no limit; beyond it, streams are refused
 */
public record LimitOptions(
        int subscribers,
        int subscribersPerSubject,
        int subscribersPerIp,
        int channelsPerStream,
        int channels,
        int newChannelsPerIp,
        int eventBytes,
        int eventsPerRequest,
        int stalledBytes,
        long historyBytes,
        int dedupBytes,
        int replays,
        int publishRate,
        int connectRate) {
    private static final Range<Integer> SUBSCRIBERS = Range.ofNumbers(0, 10_000_000);
    private static final Range<Integer> CHANNELS_PER_STREAM = Range.ofNumbers(1, 1_000);
    private static final Range<Integer> CHANNELS = Range.ofNumbers(1, 10_000_000);
    private static final Range<Integer> NEW_CHANNELS_PER_IP = Range.ofNumbers(0, 10_000_000);
    private static final Range<Integer> EVENT_SIZES = Range.ofSizes(1 << 10, 1 << 20);
    private static final Range<Integer> EVENTS_PER_REQUEST = Range.ofNumbers(1, 100_000);
    private static final Range<Integer> STALLED_SIZES = Range.ofSizes(1 << 20, 1 << 30);
    private static final Range<Long> HISTORY_SIZES = Range.ofLargeSizes(1 << 20, 1L << 40);
    private static final Range<Integer> DEDUP_SIZES = Range.ofSizes(1 << 20, 1 << 30);
    private static final Range<Integer> REPLAYS = Range.ofNumbers(1, 10_000);
    private static final Range<Integer> RATES = Range.ofNumbers(0, 1_000_000);

    /** The defaults. */
    public static final LimitOptions DEFAULT =
            new LimitOptions(100_000, 20, 0, 50, 20_000, 600, 64 << 10, 1_000, 64 << 20, 1 << 30, 64 << 20, 64, 0, 0);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message starts with its key
     */
    public LimitOptions {
        SUBSCRIBERS.check("subscribers", subscribers);
        SUBSCRIBERS.check("subscribersPerSubject", subscribersPerSubject);
        SUBSCRIBERS.check("subscribersPerIp", subscribersPerIp);
        CHANNELS_PER_STREAM.check("channelsPerStream", channelsPerStream);
        CHANNELS.check("channels", channels);
        NEW_CHANNELS_PER_IP.check("newChannelsPerIp", newChannelsPerIp);
        EVENT_SIZES.check("eventSize", eventBytes);
        EVENTS_PER_REQUEST.check("eventsPerRequest", eventsPerRequest);
        STALLED_SIZES.check("stalledBytes", stalledBytes);
        HISTORY_SIZES.check("historyBytes", historyBytes);
        DEDUP_SIZES.check("dedupBytes", dedupBytes);
        REPLAYS.check("replays", replays);
        RATES.check("publishRate", publishRate);
        RATES.check("connectRate", connectRate);
    }

    /**
     * Reads the section {@code limits}.
     *
     * @param limits the section
     */
    public static LimitOptions from(Section limits) {
        return limits.build(() -> new LimitOptions(
                limits.quantity(
                        Key.live("subscribers", "streams", "Open streams of a node; beyond, `429`; 0: no limit"),
                        DEFAULT.subscribers,
                        SUBSCRIBERS),
                limits.quantity(
                        Key.live(
                                "subscribersPerSubject",
                                "streams",
                                "Open streams of one subject in the whole cluster; see [below](#streams-of-a-subject); beyond, `429`; 0: no limit"),
                        DEFAULT.subscribersPerSubject,
                        SUBSCRIBERS),
                limits.quantity(
                        Key.live(
                                "subscribersPerIp",
                                "streams",
                                "Open streams of one client address on a node; beyond, `429`; 0: no limit"),
                        DEFAULT.subscribersPerIp,
                        SUBSCRIBERS),
                limits.quantity(
                        Key.of("channelsPerStream", "channels", "Channels of one stream or one publish; beyond, `400`"),
                        DEFAULT.channelsPerStream,
                        CHANNELS_PER_STREAM),
                limits.quantity(
                        Key.live("channels", "channels", "Channels on a node; see [below](#limits-of-channels)"),
                        DEFAULT.channels,
                        CHANNELS),
                limits.quantity(
                        Key.live(
                                "newChannelsPerIp",
                                "channels",
                                "New channels that the streams of one client address may open per minute; see [below](#new-channels); 0: no limit"),
                        DEFAULT.newChannelsPerIp,
                        NEW_CHANNELS_PER_IP),
                limits.quantity(
                        Key.of("eventSize", "Data and name of one event; beyond, `413`"),
                        DEFAULT.eventBytes,
                        EVENT_SIZES),
                limits.quantity(
                        Key.live(
                                "eventsPerRequest",
                                "events",
                                "Events times channels of one publish over HTTP; beyond, `413`"),
                        DEFAULT.eventsPerRequest,
                        EVENTS_PER_REQUEST),
                limits.quantity(
                        Key.of(
                                "stalledBytes",
                                "Memory of all stalled streams of a node together; beyond, the streams that have been stalled longest are cut"),
                        DEFAULT.stalledBytes,
                        STALLED_SIZES),
                limits.quantity(
                        Key.of(
                                "historyBytes",
                                "Bytes of the histories that a node leads; see [below](#bytes-of-histories)"),
                        DEFAULT.historyBytes,
                        HISTORY_SIZES),
                limits.quantity(
                        Key.of(
                                "dedupBytes",
                                "Memory of a node for recognising duplicate events; beyond, the oldest entries are dropped"),
                        DEFAULT.dedupBytes,
                        DEDUP_SIZES),
                limits.quantity(
                        Key.of("replays", "readings", "Readings of histories at the same time; see [below](#replays)"),
                        DEFAULT.replays,
                        REPLAYS),
                limits.quantity(
                        Key.live(
                                "publishRate",
                                "events",
                                "Events that one caller publishes per second over HTTP; see [below](#rates); beyond, `429`; 0: no limit"),
                        DEFAULT.publishRate,
                        RATES),
                limits.quantity(
                        Key.live(
                                "connectRate",
                                "streams",
                                "Streams that the node opens per second; see [below](#rates); beyond, `429`; 0: no limit"),
                        DEFAULT.connectRate,
                        RATES)));
    }

    /** Returns the options as the section {@code limits}, with the keys of the configuration. Sizes are in bytes. */
    public JsonObject toJson() {
        return new JsonObject()
                .put("subscribers", subscribers)
                .put("subscribersPerSubject", subscribersPerSubject)
                .put("subscribersPerIp", subscribersPerIp)
                .put("channelsPerStream", channelsPerStream)
                .put("channels", channels)
                .put("newChannelsPerIp", newChannelsPerIp)
                .put("eventSize", eventBytes)
                .put("eventsPerRequest", eventsPerRequest)
                .put("stalledBytes", stalledBytes)
                .put("historyBytes", historyBytes)
                .put("dedupBytes", dedupBytes)
                .put("replays", replays)
                .put("publishRate", publishRate)
                .put("connectRate", connectRate);
    }
}
