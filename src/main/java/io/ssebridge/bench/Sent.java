package io.ssebridge.bench;

/**
 * The number of events that each publisher has sent on each channel. <b>Owner:</b> the publisher's thread; other
 * threads read it after the publisher has finished.
 */
final class Sent {
    private final int channels;
    private final int[] counts;

    Sent(Load load) {
        this.channels = load.channels();
        this.counts = new int[load.publishers() * load.channels()];
    }

    /** Returns the number of the next event of a publisher on a channel. */
    int next(int publisher, int channel) {
        return counts[publisher * channels + channel]++;
    }

    int count(int publisher, int channel) {
        return counts[publisher * channels + channel];
    }
}
