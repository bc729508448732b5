package io.ssebridge.hub;

import io.ssebridge.config.Range;
import io.ssebridge.config.Section;

/**
 * What one node takes on; what goes beyond is refused.
 *
 * @param subscribers open streams; 100,000 unless given, 0 for no limit; beyond, streams are refused
 * @param channelsPerStream channels of one stream; 50 unless given; beyond, the request is refused
 * @param channels live channels; 20,000 unless given; beyond, what would begin another is refused
 * @param eventBytes the largest event's data; key {@code eventSize}, 64 KiB unless given, from 1 KiB to 1 MiB; a larger
 *     event is refused
 */
public record LimitOptions(int subscribers, int channelsPerStream, int channels, int eventBytes) {
    private static final Range<Integer> SUBSCRIBERS = Range.ofNumbers(0, 10_000_000);
    private static final Range<Integer> CHANNELS_PER_STREAM = Range.ofNumbers(1, 1_000);
    private static final Range<Integer> CHANNELS = Range.ofNumbers(1, 10_000_000);
    private static final Range<Integer> EVENT_SIZES = Range.ofSizes(1 << 10, 1 << 20);

    /**
     * Checks every option.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its key
     */
    public LimitOptions {
        SUBSCRIBERS.check("subscribers", subscribers);
        CHANNELS_PER_STREAM.check("channelsPerStream", channelsPerStream);
        CHANNELS.check("channels", channels);
        EVENT_SIZES.check("eventSize", eventBytes);
    }

    /**
     * Reads the section {@code limits}.
     *
     * @param limits the section
     */
    public static LimitOptions from(Section limits) {
        return limits.build(() -> new LimitOptions(
                limits.quantity("subscribers", 100_000, SUBSCRIBERS),
                limits.quantity("channelsPerStream", 50, CHANNELS_PER_STREAM),
                limits.quantity("channels", 20_000, CHANNELS),
                limits.quantity("eventSize", 64 << 10, EVENT_SIZES)));
    }
}
