package io.ssebridge.presence;

import java.util.function.Supplier;

/** Reads JSON of other nodes, which may be of another version. */
final class JsonForm {
    private JsonForm() {}

    /**
     * Reads something.
     *
     * @param reader fails in any way if the JSON has another form
     * @throws IllegalArgumentException in that case
     */
    static <T> T read(Supplier<T> reader) {
        try {
            return reader.get();
        } catch (ClassCastException | NullPointerException | IndexOutOfBoundsException e) {
            throw new IllegalArgumentException("presence: a field is missing or of another type", e);
        }
    }
}
