package io.ssebridge.http;

import io.ssebridge.bus.Publication;
import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.Receipt;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Events of one request that are published and answered together.
 *
 * <p><b>Owner:</b> the event loop of the request.
 */
final class EventGroup {
    private final List<ChannelName> channels;
    private final List<Future<Publication>> events = new ArrayList<>();
    private long bytes;
    private @Nullable List<Future<Receipt>> receipts;

    /**
     * Creates an empty group.
     *
     * @param channels each event is published on each of them
     */
    EventGroup(List<ChannelName> channels) {
        this.channels = channels;
    }

    /**
     * Adds an event; a failed one carries its problem, and is not published.
     *
     * @return the memory that the event takes, in bytes
     */
    long add(Future<Publication> event) {
        events.add(event);
        long more = event.succeeded() ? event.result().bytes() : 0;
        bytes += more;
        return more;
    }

    boolean isEmpty() {
        return events.isEmpty();
    }

    /** Returns the number of answers: events times channels. */
    int size() {
        return events.size() * channels.size();
    }

    long bytes() {
        return bytes;
    }

    /** Returns the events to publish. */
    List<Publication> good() {
        return events.stream().filter(Future::succeeded).map(Future::result).toList();
    }

    /** Takes the receipts of the published events, or one failure of all. */
    void answer(Future<List<Future<Receipt>>> published) {
        receipts = published.succeeded()
                ? published.result()
                : Collections.nCopies(good().size() * channels.size(), Future.failedFuture(published.cause()));
    }

    boolean isAnswered() {
        return receipts != null;
    }

    /** Writes the answers, each in a line of its own. */
    void write(Buffer lines) {
        List<Future<Receipt>> published = receipts == null ? List.of() : receipts;
        Receipts.toJson(Receipts.inOrder(events, channels.size(), published), channels)
                .forEach(answer -> lines.appendString(answer.encode()).appendString("\n"));
    }
}
