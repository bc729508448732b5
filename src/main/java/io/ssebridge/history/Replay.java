package io.ssebridge.history;

import io.ssebridge.event.Cursor;
import java.util.Optional;

/**
 * Where a subscriber goes on.
 *
 * @param cursor from there
 * @param reset why events are missing before it; empty: none are
 */
public record Replay(Cursor cursor, Optional<Reason> reset) {
    /** Why events are missing. */
    public enum Reason {
        /** The history no longer reaches back. */
        EXPIRED("expired"),
        /** The history was lost or replaced. */
        LOST("lost"),
        /** The cursor cannot be read. */
        UNKNOWN_ID("unknown-id");

        private final String word;

        Reason(String word) {
            this.word = word;
        }

        /** As clients read it. */
        public String word() {
            return word;
        }
    }

    /**
     * Nothing is missing.
     *
     * @param cursor from where it goes on
     */
    public static Replay from(Cursor cursor) {
        return new Replay(cursor, Optional.empty());
    }

    static Replay reset(Reason reason, Cursor cursor) {
        return new Replay(cursor, Optional.of(reason));
    }
}
