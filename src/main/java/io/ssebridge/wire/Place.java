package io.ssebridge.wire;

import io.ssebridge.event.Cursor;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The place of an event in the history.
 *
 * @param cursor the cursor of the event
 * @param repeated whether the event had been retained before, because its publisher has repeated its key
 */
public record Place(Cursor.At cursor, boolean repeated) {
    /** Encodes places as the body of a message. */
    public static Buffer encode(List<Place> places) {
        Buffer bytes = Buffer.buffer();
        for (Place place : places) {
            MessageCodec.append(bytes, place.cursor());
            bytes.appendByte((byte) (place.repeated() ? 1 : 0));
        }
        return bytes;
    }

    /**
     * Reads places.
     *
     * @param count the expected number of places
     * @throws IllegalArgumentException if the body has another form
     */
    public static List<Place> decode(@Nullable Object body, int count) {
        MessageCodec.Reader reader = MessageCodec.Reader.of(body);
        List<Place> places = new ArrayList<>();
        while (reader.hasMore()) {
            if (!(reader.cursor() instanceof Cursor.At cursor)) {
                throw new IllegalArgumentException("place: before the first frame");
            }
            places.add(new Place(cursor, reader.flag()));
        }
        if (places.size() != count) {
            throw new IllegalArgumentException("message: %d places (expected: %d)".formatted(places.size(), count));
        }
        return places;
    }
}
