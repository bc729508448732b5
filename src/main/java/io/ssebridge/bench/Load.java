package io.ssebridge.bench;

import java.time.Duration;

/**
 * The amount of load in a run.
 *
 * @param subscribers the number of event streams, spread evenly over the channels
 * @param stalled the number of streams that never read
 * @param channels the number of channels; each event goes to the next channel
 * @param rate the events per second of all publishers together; 0: no events
 * @param size the size of the data of an event, in bytes
 * @param publishers the number of HTTP connections that publish, at most 100; each has one request in flight
 * @param warmUp the time of publishing before the measurement begins; its events are checked but not measured
 * @param time the length of the measurement
 * @param drain the longest time of waiting for the last events
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
     * @throws IllegalArgumentException if a value is wrong; the message begins with its option
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

    /** Returns the number of published events, including the warm-up. */
    long events() {
        return (long) (rate * (warmUp.toNanos() + time.toNanos()) / 1e9);
    }

    /** Returns the longest time that publishers continue after the first event was due, in nanoseconds. */
    long longestNanos() {
        return warmUp.plus(time).plus(drain).toNanos();
    }

    /** Returns the time at which an event is due, in nanoseconds after the first event. */
    long dueNanos(long event) {
        return (long) (event * (1e9 / rate));
    }

    /** Returns the channel of an event. */
    int channel(long event) {
        return (int) (event % channels);
    }

    /**
     * Returns the publisher of an event. A channel has one publisher, unless there are more publishers than channels.
     */
    int publisher(long event) {
        return channels >= publishers ? channel(event) % publishers : (int) (event / channels % publishers);
    }

    /** Returns the number of publishers on one channel. */
    int publishersOfAChannel() {
        return channels >= publishers ? 1 : publishers;
    }

    /** Returns the index of a publisher among the publishers of its channel. */
    int index(int publisher) {
        return channels >= publishers ? 0 : publisher;
    }
}
