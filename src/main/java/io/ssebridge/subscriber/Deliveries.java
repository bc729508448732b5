package io.ssebridge.subscriber;

/**
 * Adds up what the streams of one event loop get. A delivery must cost no atomic operation, so the sums are plain numbers,
 * and go to the metrics of the node only with each {@link #report}.
 *
 * <p><b>Owner:</b> that event loop.
 */
final class Deliveries {
    private final StreamMeters meters;
    private long events;
    private long bytes;

    Deliveries(StreamMeters meters) {
        this.meters = meters;
    }

    void add(EncodedBatch batch) {
        events += batch.events();
        bytes += batch.length();
    }

    void closed(String reason) {
        meters.closed(reason);
    }

    void report() {
        meters.delivered(events, bytes);
        events = 0;
        bytes = 0;
    }
}
