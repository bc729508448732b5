package io.ssebridge.request;

import io.ssebridge.config.Spelling;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * The query parameters that a path takes. An unknown one is refused: a misspelt {@code lastEventId} that was ignored would
 * lose events in silence. Immutable.
 */
public final class QueryParameters {
    /** Takes any parameter. */
    public static final QueryParameters ANY = new QueryParameters(List.of(), List.of("*"));

    /** Stands for every spelling of {@code lastEventId}: polyfills differ. */
    public static final String LAST_EVENT_ID = "lastEventId";

    private static final String LAST_EVENT_ID_BARE = Spelling.bare(LAST_EVENT_ID);
    // As much of a name as an answer repeats.
    private static final int MAX_QUOTED = 64;

    private final List<String> known;
    private final List<String> ignored;

    /**
     * Creates a reader of the parameters of a path.
     *
     * @param known their names
     * @param ignored the names of others that clients add for themselves, as {@code http.ignoredParameters} has them
     */
    public QueryParameters(List<String> known, List<String> ignored) {
        this.known = List.copyOf(known);
        this.ignored = List.copyOf(ignored);
    }

    /**
     * Refuses a request with an unknown parameter.
     *
     * @throws Problem that names the parameter, and a known one if one is near
     */
    public void check(RequestTarget target) {
        for (RequestTarget.Parameter parameter : target.query()) {
            if (!isKnown(parameter.name()) && !isIgnored(parameter.name())) {
                throw unknown(parameter.name());
            }
        }
    }

    private boolean isKnown(String name) {
        return known.contains(name) || known.contains(LAST_EVENT_ID) && isLastEventId(name);
    }

    private boolean isIgnored(String name) {
        return name.startsWith("_")
                || ignored.stream()
                        .anyMatch(pattern -> pattern.endsWith("*")
                                ? name.startsWith(pattern.substring(0, pattern.length() - 1))
                                : name.equals(pattern));
    }

    private Problem unknown(String name) {
        String hint = Spelling.nearest(name, known)
                .map("did you mean %s?"::formatted)
                .orElseGet(() -> "expected: " + String.join(", ", known));
        return Problem.badRequest("query: unknown parameter \"%s\" (%s)"
                .formatted(name.substring(0, Math.min(name.length(), MAX_QUOTED)), hint));
    }

    /** Finds the id of the last event, in any spelling. */
    public static Optional<String> lastEventId(RequestTarget target) {
        return target.query().stream()
                .filter(parameter -> isLastEventId(parameter.name()))
                .map(RequestTarget.Parameter::value)
                .findFirst();
    }

    /**
     * Returns a whole number in the query.
     *
     * @throws Problem if it is not a whole number
     */
    public static OptionalInt whole(RequestTarget target, String name) {
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
    public static OptionalLong sinceMillis(RequestTarget target) {
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

    /**
     * Returns whether a flag is set.
     *
     * @throws Problem if it is neither {@code true} nor {@code false}
     */
    public static boolean flag(RequestTarget target, String name) {
        String text = first(target, name).orElse("false");
        if (!text.equals("true") && !text.equals("false")) {
            throw Problem.badRequest(name + ": expected true or false");
        }
        return text.equals("true");
    }

    /** Returns the first value of a parameter. */
    public static Optional<String> first(RequestTarget target, String name) {
        for (RequestTarget.Parameter parameter : target.query()) {
            if (parameter.name().equals(name)) {
                return Optional.of(parameter.value());
            }
        }
        return Optional.empty();
    }

    private static boolean isLastEventId(String name) {
        return name.length() <= MAX_QUOTED && Spelling.bare(name).equals(LAST_EVENT_ID_BARE);
    }
}
