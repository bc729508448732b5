package io.ssebridge.bus;

import io.ssebridge.event.Cursor;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Where an event is kept.
 *
 * @param cursor its place in the history
 * @param repeated whether it had been kept before: its publisher has come again with the same key
 */
record Place(Cursor.At cursor, boolean repeated) {
    /** Places as the body of a message. */
    static Buffer encode(List<Place> places) {
        Buffer bytes = Buffer.buffer();
        for (Place place : places) {
            Frames.append(bytes, place.cursor());
            bytes.appendByte((byte) (place.repeated() ? 1 : 0));
        }
        return bytes;
    }

    static List<Place> decode(Buffer bytes) {
        Frames.Reader reader = new Frames.Reader(bytes);
        List<Place> places = new ArrayList<>();
        while (reader.hasMore()) {
            places.add(new Place((Cursor.At) reader.cursor(), reader.flag()));
        }
        return places;
    }
}
