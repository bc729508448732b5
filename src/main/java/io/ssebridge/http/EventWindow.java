package io.ssebridge.http;

import io.ssebridge.bus.Publication;
import io.ssebridge.channel.ChannelName;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;

/**
 * The events of one request that are not answered yet, in their order: a group that is being read, and the groups in flight. Their
 * number and their memory are bounded.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class EventWindow {
    // Events times channels, and the memory of the events. One event always fits.
    private static final int MAX_EVENTS = 256;
    private static final long MAX_BYTES = 1 << 20;
    // The publisher hands over this number in one turn. The rest of a larger group could come after the next group.
    private static final int GROUP_EVENTS = 64;

    private final List<ChannelName> channels;
    private final Deque<EventGroup> inFlight = new ArrayDeque<>();
    private EventGroup reading;
    private int events;
    private long bytes;

    /**
     * Creates an empty window.
     *
     * @param channels each event is published on each of them
     */
    EventWindow(List<ChannelName> channels) {
        this.channels = channels;
        this.reading = new EventGroup(channels);
    }

    /** Returns whether one more event fits. */
    boolean hasRoom() {
        return (events == 0 || events + channels.size() <= MAX_EVENTS) && bytes < MAX_BYTES;
    }

    /** Adds an event to the group that is being read; a failed one carries its problem. */
    void add(Future<Publication> event) {
        bytes += reading.add(event);
        events += channels.size();
    }

    /** Returns whether the group that is being read should go out. */
    boolean isGroupFull() {
        return reading.size() >= GROUP_EVENTS;
    }

    /** Returns whether no event has been read since the last group went out. */
    boolean isGroupEmpty() {
        return reading.isEmpty();
    }

    /** Returns the memory of the group that is being read, in bytes. */
    int readBytes() {
        return Math.toIntExact(reading.bytes());
    }

    /** Returns the events to publish of the group that is being read. */
    List<Publication> toPublish() {
        return reading.good();
    }

    /** Puts the group that is being read in flight, and returns it. */
    EventGroup next() {
        EventGroup group = reading;
        reading = new EventGroup(channels);
        inFlight.add(group);
        return group;
    }

    /** Removes the oldest groups that are answered, and returns their answers. */
    Buffer takeAnswers() {
        Buffer answers = Buffer.buffer();
        while (!inFlight.isEmpty() && inFlight.element().isAnswered()) {
            EventGroup first = inFlight.remove();
            events -= first.size();
            bytes -= first.bytes();
            first.write(answers);
        }
        return answers;
    }

    /** Returns whether no group is in flight. */
    boolean isQuiet() {
        return inFlight.isEmpty();
    }

    /** Drops all events. */
    void clear() {
        inFlight.clear();
        reading = new EventGroup(channels);
    }
}
