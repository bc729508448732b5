package io.ssebridge.hub;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.event.EventFilter;
import io.ssebridge.subscriber.EncodedBatch;
import io.ssebridge.subscriber.SharedBody;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.LongFunction;

/**
 * Writes to seats that do not get each event as it is encoded for all: their streams have another {@linkplain StreamForm
 * form}, or some events are only for some readers. Seats that see the same events of a range, in the same envelope, share one batch.
 *
 * <p>It is created for the first such seat, so other channels pay nothing for it.
 *
 * <p><b>Owner:</b> the owner of the audience.
 */
final class SelectedBatches implements AutoCloseable {
    private final ChannelName channel;
    private final LongFunction<EncodedEvent> events;
    private final long maxKeptBytes;
    private final Map<Selection, EncodedBatch> batches = new HashMap<>();
    private final Map<EventKey, EncodedEvent> wrapped = new HashMap<>();
    private final Map<Long, String> types = new HashMap<>();
    private final Map<EventKey, SharedBody> bodies = new HashMap<>();
    private long keptBytes;

    /**
     * The events of a range that a seat sees.
     *
     * @param to the number after the last event of the range
     * @param seen the events, counted from the first one of the range
     * @param endOnly whether the last event ends the channel, and the seat does not see it: it gets only the notice
     */
    private record Selection(Envelope envelope, long from, long to, BitSet seen, boolean endOnly) {
        private boolean isEmpty() {
            return seen.isEmpty() && !endOnly;
        }

        private long[] numbers() {
            return seen.stream().mapToLong(index -> from + index).toArray();
        }
    }

    private record EventKey(Envelope envelope, long number) {}

    /**
     * Creates an empty set of batches.
     *
     * @param events the events by number
     * @param maxKeptBytes batches are kept for other seats only up to this size
     */
    SelectedBatches(ChannelName channel, LongFunction<EncodedEvent> events, long maxKeptBytes) {
        this.channel = channel;
        this.events = events;
        this.maxKeptBytes = maxKeptBytes;
    }

    /**
     * Writes to a seat what it sees of a range, as much as one write may contain. It writes nothing if the seat sees
     * nothing there.
     *
     * @param from the number of the first event
     * @param end the number after the last event
     * @return the number after the last event that is done: up to here, the seat has got everything that it sees
     */
    long write(Seat seat, long from, long end, long nowMillis) {
        Selection part = select(seat, from, end);
        if (!part.isEmpty()) {
            if (seat.isAlone()) {
                seat.subscriber.write(batch(part), nowMillis);
            } else {
                writeNumbered(seat, part, nowMillis);
            }
        }
        // Only now: after a failed write, the same events are selected again.
        count(seat, part);
        return part.to;
    }

    private void count(Seat seat, Selection part) {
        long size = part.to - part.from;
        for (int i = part.seen.nextClearBit(0); i < size; i = part.seen.nextClearBit(i + 1)) {
            long number = part.from + i;
            EncodedEvent encoded = events.apply(number);
            boolean wanted =
                    seat.form().filter().hasAllNames() || seat.form().filter().wants(type(number, encoded));
            seat.skipped().add(wanted, encoded.selector());
        }
    }

    private Selection select(Seat seat, long from, long end) {
        Envelope envelope = seat.form().envelope();
        WriteSize size = new WriteSize(!seat.isAlone());
        BitSet seen = new BitSet();
        boolean endOnly = false;
        long number = from;
        for (; number < end && size.hasRoom(); number++) {
            if (sees(seat, number)) {
                seen.set((int) (number - from));
                size.add(event(envelope, number));
            } else if (events.apply(number).ends()) {
                endOnly = true;
                number++;
                break;
            }
        }
        return new Selection(envelope, from, number, seen, endOnly);
    }

    private boolean sees(Seat seat, long number) {
        EncodedEvent encoded = events.apply(number);
        EventFilter filter = seat.form().filter();
        return encoded.isNotice()
                || (filter.hasAllNames() || filter.wants(type(number, encoded))) && filter.maySee(encoded.selector());
    }

    private String type(long number, EncodedEvent encoded) {
        String found = types.get(number);
        if (found == null) {
            found = encoded.type();
            types.put(number, found);
        }
        return found;
    }

    private EncodedEvent event(Envelope envelope, long number) {
        if (envelope == Envelope.NONE) {
            return events.apply(number);
        }
        EventKey key = new EventKey(envelope, number);
        EncodedEvent found = wrapped.get(key);
        if (found == null) {
            found = events.apply(number).in(envelope, channel);
            keep(found.alone().length());
            wrapped.put(key, found);
        }
        return found;
    }

    private EncodedBatch batch(Selection part) {
        EncodedBatch found = batches.get(part);
        if (found == null) {
            List<EncodedEvent> seen = seen(part);
            EncodedBatch made =
                    EncodedBatch.of(seen.stream().map(EncodedEvent::alone).toList());
            keep(made.length());
            batches.put(part, made);
            found = made;
        }
        return found;
    }

    private List<EncodedEvent> seen(Selection part) {
        List<EncodedEvent> seen = new ArrayList<>(part.seen.cardinality());
        for (long number : part.numbers()) {
            seen.add(event(part.envelope, number));
        }
        if (part.endOnly) {
            seen.add(events.apply(part.to - 1).endOnly(channel));
        }
        return seen;
    }

    private void writeNumbered(Seat seat, Selection part, long nowMillis) {
        List<EncodedEvent> seen = seen(part);
        long[] numbers = part.numbers();
        // Made before the batch, which must not contain a body that is released to make room for another one.
        long missing = 0;
        for (int i = 0; i < numbers.length; i++) {
            boolean shared = seen.get(i).isLarge() && !bodies.containsKey(new EventKey(part.envelope, numbers[i]));
            missing += shared ? seen.get(i).body().length() : 0;
        }
        keep(missing);
        seat.writeNumbered(
                seen,
                i -> bodies.computeIfAbsent(
                        new EventKey(part.envelope, numbers[i]),
                        absent -> new SharedBody(seen.get(i).body())),
                nowMillis);
    }

    private void keep(long moreBytes) {
        if (keptBytes > 0 && keptBytes + moreBytes > maxKeptBytes) {
            close();
        }
        keptBytes += moreBytes;
    }

    boolean isEmpty() {
        return batches.isEmpty() && wrapped.isEmpty() && types.isEmpty() && bodies.isEmpty();
    }

    /** Releases everything that is kept. */
    @Override
    public void close() {
        keptBytes = 0;
        wrapped.clear();
        types.clear();
        for (Iterator<EncodedBatch> all = batches.values().iterator(); all.hasNext(); ) {
            EncodedBatch batch = all.next();
            all.remove();
            batch.close();
        }
        for (Iterator<SharedBody> all = bodies.values().iterator(); all.hasNext(); ) {
            SharedBody body = all.next();
            all.remove();
            body.close();
        }
    }
}
