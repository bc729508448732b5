package io.ssebridge.bench;

/** How many events each publisher has sent on each channel. <b>Owner:</b> the publisher's thread; read when it is done. */
final class Sent {
    private final int channels;
    private final int[] counts;

    Sent(Load load) {
        this.channels = load.channels();
        this.counts = new int[load.publishers() * load.channels()];
    }

    /** The number of this publisher's next event on this channel. */
    int next(int publisher, int channel) {
        return counts[publisher * channels + channel]++;
    }

    int count(int publisher, int channel) {
        return counts[publisher * channels + channel];
    }
}
