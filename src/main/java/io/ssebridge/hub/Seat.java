package io.ssebridge.hub;

import io.ssebridge.subscriber.Subscriber;

/** A subscriber's place in one {@link Audience}; touched by nobody else. */
final class Seat {
    final Subscriber subscriber;
    /** Where in the audience's list. */
    int index;
    /** The next frame to write. */
    long next;

    Seat(Subscriber subscriber, int index, long next) {
        this.subscriber = subscriber;
        this.index = index;
        this.next = next;
    }
}
