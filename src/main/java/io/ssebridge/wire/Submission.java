package io.ssebridge.wire;

import io.ssebridge.channel.ChannelName;
import io.ssebridge.encoding.Sha256;
import io.ssebridge.event.Event;
import io.ssebridge.event.EventFrame;
import io.ssebridge.event.Frame;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/**
 * An event on its way to the leader of its channel.
 *
 * @param uid identifies the event over all attempts to append it
 * @param arrival identifies this arrival of the event: a publisher that repeats a key sends the same uid, but another
 *     arrival
 * @param keyed whether its publisher gave a key
 * @param event the event
 */
public record Submission(long uid, long arrival, boolean keyed, Event event) {
    /**
     * Creates a submission with a new arrival.
     *
     * @param key the publisher's idempotency key, or null. The same key gives the same uid
     */
    public static Submission of(ChannelName channel, Event event, @Nullable String key) {
        long arrival = ThreadLocalRandom.current().nextLong();
        return key == null
                ? new Submission(ThreadLocalRandom.current().nextLong(), arrival, false, event)
                : new Submission(hash(channel, key), arrival, true, event);
    }

    private static long hash(ChannelName channel, String key) {
        // A channel name never contains this character, so two different pairs of channel and key give different input.
        return ByteBuffer.wrap(Sha256.hash(channel.value() + '\0' + key)).getLong();
    }

    // Between nodes, a uid and an event have the bytes of a frame, because there is one form for them. The other values
    // are 0 until a leader appends the event.
    private EventFrame toFrame() {
        return new EventFrame(uid, 0, 0, Frame.NO_TAG, 0, event);
    }

    /** The body of a {@link Wire.Operation#APPEND}. */
    public record AppendRequest(ChannelName channel, List<Submission> submissions) {
        /** Encodes the request as the body of a message. */
        public Buffer encode() {
            Buffer bytes = Buffer.buffer();
            MessageCodec.append(bytes, channel);
            for (Submission each : submissions) {
                bytes.appendLong(each.arrival()).appendByte((byte) (each.keyed() ? 1 : 0));
                MessageCodec.append(bytes, each.toFrame());
            }
            return bytes;
        }

        /**
         * Reads a batch.
         *
         * @throws IllegalArgumentException if the body has another form
         */
        public static AppendRequest decode(@Nullable Object body) {
            MessageCodec.Reader reader = MessageCodec.Reader.of(body);
            ChannelName channel = reader.channel();
            List<Submission> submissions = new ArrayList<>();
            while (reader.hasMore()) {
                long arrival = reader.number();
                boolean keyed = reader.flag();
                if (!(reader.frame() instanceof EventFrame frame)) {
                    throw new IllegalArgumentException("append: a frame without an event");
                }
                submissions.add(new Submission(frame.uid(), arrival, keyed, frame.event()));
            }
            if (submissions.isEmpty()) {
                throw new IllegalArgumentException("append: no event");
            }
            return new AppendRequest(channel, submissions);
        }
    }
}
