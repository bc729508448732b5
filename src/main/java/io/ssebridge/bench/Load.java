package io.ssebridge.bench;

import java.time.Duration;

/**
 * How much a run asks of a server.
 *
 * @param subscribers event streams, spread evenly over the channels
 * @param stalled how many of them never read
 * @param channels channels, each event goes to the next one
 * @param rate events per second, of all publishers together; 0: none
 * @param size bytes of an event's data
 * @param publishers HTTP connections that publish, at most 100; each has one request under way
 * @param warmUp published before the measurement begins, checked but not measured
 * @param time how long it is measured
 * @param drain how long to wait for the last events
 */
public record Load(
        int subscribers,
        int stalled,
        int channels,
        double rate,
        int size,
        int publishers,
        Duration warmUp,
        Duration time,
        Duration drain) {
    private static final int MOST_PUBLISHERS = 100;

    /**
     * Checks every value.
     *
     * @throws IllegalArgumentException if one is wrong; the message opens with its option
     */
    public Load {
        check("--subscribers", subscribers, 0, 1_000_000);
        check("--stalled", stalled, 0, subscribers);
        check("--channels", channels, 1, 1_000_000);
        check("--size", size, Payload.LEAST, 1 << 20);
        check("--publishers", publishers, 1, MOST_PUBLISHERS);
        if (!(rate >= 0 && rate <= 10_000_000)) {
            throw new IllegalArgumentException("--rate: %s (expected: 0 to 10000000 a second)".formatted(rate));
        }
    }

    private static void check(String option, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException("%s: %d (expected: %d to %d)".formatted(option, value, least, most));
        }
    }

    /** How many events are published, warm-up included. */
    long events() {
        return (long) (rate * (warmUp.toNanos() + time.toNanos()) / 1e9);
    }

    /** How long publishers go on at most after the first event was due, in nanoseconds. */
    long longest() {
        return warmUp.plus(time).plus(drain).toNanos();
    }

    /** When an event is due, in nanoseconds after the first. */
    long due(long event) {
        return (long) (event * (1e9 / rate));
    }

    /** The channel of an event. */
    int channel(long event) {
        return (int) (event % channels);
    }

    /** Who publishes an event: always the same for a channel, unless there are fewer channels than publishers. */
    int publisher(long event) {
        return channels >= publishers ? channel(event) % publishers : (int) (event / channels % publishers);
    }

    /** How many publishers there are on one channel. */
    int publishersOfAChannel() {
        return channels >= publishers ? 1 : publishers;
    }

    /** Which of the publishers of its channel a publisher is. */
    int index(int publisher) {
        return channels >= publishers ? 0 : publisher;
    }
}
