package io.ssebridge.bus;

import io.ssebridge.event.Cursor;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Encodes and decodes cursors as the body of a message. */
final class Cursors {
    private Cursors() {}

    static Buffer encode(List<? extends Cursor> cursors) {
        Buffer bytes = Buffer.buffer();
        cursors.forEach(cursor -> Frames.append(bytes, cursor));
        return bytes;
    }

    /**
     * Reads cursors.
     *
     * @param count the expected number of cursors
     * @throws IllegalArgumentException if the body has another form
     */
    static List<Cursor> decode(@Nullable Object body, int count) {
        Frames.Reader reader = Frames.Reader.of(body);
        List<Cursor> cursors = new ArrayList<>();
        while (reader.hasMore()) {
            cursors.add(reader.cursor());
        }
        if (cursors.size() != count) {
            throw new IllegalArgumentException("message: %d cursors (expected: %d)".formatted(cursors.size(), count));
        }
        return cursors;
    }
}
