package io.ssebridge.history;

import io.ssebridge.event.Cursor;
import java.util.Optional;

/**
 * Where a subscriber continues.
 *
 * @param cursor the subscriber gets the events after it
 * @param reset why events before the cursor are missing; empty: no events are missing
 */
public record Replay(Cursor cursor, Optional<Reason> reset) {
    /** Why events are missing. */
    public enum Reason {
        /** The history no longer contains the next event. */
        EXPIRED("expired"),
        /** The history was lost or replaced. */
        LOST("lost"),
        /** The cursor cannot be read. */
        UNKNOWN_ID("unknown-id");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        /** Returns the word that clients read. */
        public String word() {
            return word;
        }
    }

    /**
     * Makes a replay without missing events.
     *
     * @param cursor the cursor at which the subscriber continues
     */
    public static Replay from(Cursor cursor) {
        return new Replay(cursor, Optional.empty());
    }

    static Replay reset(Reason reason, Cursor cursor) {
        return new Replay(cursor, Optional.of(reason));
    }
}
