package io.ssebridge.cli;

import io.ssebridge.config.ConfigException;
import java.util.OptionalLong;
import java.util.function.Consumer;

/**
 * Reads <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream">server-sent
 * events</a> from one connection. An event that the end of the connection cuts off is dropped, and so is its id.
 */
final class EventParser {
    private static final int MOST_DIGITS = 9;
    private static final int LONGEST_EVENT = 64 * 1024 * 1024;
    private static final char BYTE_ORDER_MARK = '\uFEFF';

    private final Consumer<StreamEvent> receiver;
    private final StringBuilder line = new StringBuilder();
    private final StringBuilder data = new StringBuilder();
    private String type = "";
    private String id;
    private OptionalLong retryMillis = OptionalLong.empty();
    private boolean atStart = true;
    private boolean afterReturn;

    /**
     * An event of a stream.
     *
     * @param type its name, or {@code message}
     * @param id the event id from which a new connection continues; empty if no event has had an id
     * @param retryMillis the reconnection time, if the stream has changed it
     */
    record StreamEvent(String type, String data, String id, OptionalLong retryMillis) {}

    /**
     * Creates a parser for one connection.
     *
     * @param id the event id with which the connection was opened
     */
    EventParser(String id, Consumer<StreamEvent> receiver) {
        this.id = id;
        this.receiver = receiver;
    }

    void feed(char[] text, int length) {
        for (int i = 0; i < length; i++) {
            char c = text[i];
            boolean isByteOrderMark = atStart && c == BYTE_ORDER_MARK;
            boolean isSecondHalf = afterReturn && c == '\n';
            atStart = false;
            afterReturn = c == '\r';
            if (c == '\n' || c == '\r') {
                if (!isSecondHalf) {
                    endLine();
                }
            } else if (!isByteOrderMark) {
                line.append(c);
            }
        }
        if (line.length() + data.length() > LONGEST_EVENT) {
            throw new ConfigException(
                    "an event is too large (expected: at most %d characters)".formatted(LONGEST_EVENT));
        }
    }

    private void endLine() {
        if (line.isEmpty()) {
            dispatch();
            return;
        }
        int colon = line.indexOf(":");
        String field = colon < 0 ? line.toString() : line.substring(0, colon);
        String value = colon < 0 ? "" : line.substring(colon + 1);
        line.setLength(0);
        read(field, value.startsWith(" ") ? value.substring(1) : value);
    }

    private void read(String field, String value) {
        switch (field) {
            case "data" -> data.append(value).append('\n');
            case "event" -> type = value;
            case "id" -> id = value.indexOf('\0') < 0 ? value : id;
            case "retry" -> {
                if (!value.isEmpty()
                        && value.length() <= MOST_DIGITS
                        && value.chars().allMatch(c -> c >= '0' && c <= '9')) {
                    retryMillis = OptionalLong.of(Long.parseLong(value));
                }
            }
            default -> {
                // A comment or an unknown field.
            }
        }
    }

    private void dispatch() {
        if (!data.isEmpty()) {
            data.setLength(data.length() - 1);
            receiver.accept(new StreamEvent(type.isEmpty() ? "message" : type, data.toString(), id, retryMillis));
            data.setLength(0);
        }
        type = "";
    }
}
