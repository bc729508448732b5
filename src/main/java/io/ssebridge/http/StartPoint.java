package io.ssebridge.http;

import io.vertx.core.http.HttpServerRequest;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The place where a client wants its stream to begin.
 *
 * @param lastEventId the id of the last event that the client received: takes precedence over the others
 * @param last the number of newest events to begin with
 * @param since the time of the first event, in milliseconds since 1970
 */
record StartPoint(Optional<String> lastEventId, OptionalInt last, OptionalLong since) {
    /**
     * Reads it from the <a
     * href="https://html.spec.whatwg.org/multipage/server-sent-events.html#the-last-event-id-header">Last-Event-ID</a>
     * header, or otherwise from the query, because some polyfills cannot send headers.
     *
     * @throws Problem if a number or a time is invalid
     */
    static StartPoint of(HttpServerRequest request, RequestTarget target) {
        // A client without an id yet sends an empty text.
        Optional<String> id = Optional.ofNullable(request.getHeader("Last-Event-ID"))
                .filter(text -> !text.isEmpty())
                .or(() -> QueryParameters.lastEventId(target).filter(text -> !text.isEmpty()));
        return new StartPoint(id, whole(target, "last"), since(target));
    }

    /**
     * Returns a whole number in the query.
     *
     * @throws Problem if it is not a whole number
     */
    static OptionalInt whole(RequestTarget target, String name) {
        Optional<String> text = first(target, name);
        if (text.isEmpty()) {
            return OptionalInt.empty();
        }
        try {
            // Java would also accept a plus sign and the digits of all scripts.
            if (text.get().matches("[0-9]{1,10}")) {
                return OptionalInt.of(Integer.parseInt(text.get()));
            }
        } catch (NumberFormatException e) {
            // The answer below is the same.
        }
        throw Problem.badRequest(name + ": expected a whole number, 0 or more");
    }

    /**
     * Returns the time {@code since} in the query, in milliseconds since 1970.
     *
     * @throws Problem if it is not a time
     */
    static OptionalLong since(RequestTarget target) {
        Optional<String> text = first(target, "since");
        if (text.isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(
                    text.get().matches("[0-9]{1,18}")
                            ? Long.parseLong(text.get())
                            : Instant.parse(text.get()).toEpochMilli());
        } catch (DateTimeParseException | ArithmeticException e) {
            throw Problem.badRequest("since: expected a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970");
        }
    }

    /** Returns the first value of a parameter. */
    static Optional<String> first(RequestTarget target, String name) {
        List<String> values = target.all(name);
        return values.isEmpty() ? Optional.empty() : Optional.of(values.get(0));
    }
}
