package io.ssebridge.bus;

import io.ssebridge.event.Cursor;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;

/** Cursors as the body of a message. */
final class Cursors {
    private Cursors() {}

    static Buffer encode(List<? extends Cursor> cursors) {
        Buffer bytes = Buffer.buffer();
        cursors.forEach(cursor -> Frames.append(bytes, cursor));
        return bytes;
    }

    static List<Cursor> decode(Buffer bytes) {
        Frames.Reader reader = new Frames.Reader(bytes);
        List<Cursor> cursors = new ArrayList<>();
        while (reader.hasMore()) {
            cursors.add(reader.cursor());
        }
        return cursors;
    }
}
