package io.ssebridge.http;

import io.ssebridge.config.Spelling;
import java.util.List;
import java.util.Optional;

/**
 * The query parameters that a path takes. An unknown one is refused: a misspelt {@code lastEventId} that was ignored would
 * lose events in silence. Immutable.
 */
final class QueryParameters {
    /** Takes any parameter. */
    static final QueryParameters ANY = new QueryParameters(List.of(), List.of("*"));

    /** Stands for every spelling of {@code lastEventId}: polyfills differ. */
    static final String LAST_EVENT_ID = "lastEventId";

    private static final String LAST_EVENT_ID_BARE = Spelling.bare(LAST_EVENT_ID);
    // As much of a name as an answer repeats.
    private static final int MAX_QUOTED = 64;

    private final List<String> known;
    private final List<String> ignored;

    /**
     * Takes some parameters.
     *
     * @param known their names
     * @param ignored the names of others that clients add for themselves, as {@code http.ignoredParameters} has them
     */
    QueryParameters(List<String> known, List<String> ignored) {
        this.known = List.copyOf(known);
        this.ignored = List.copyOf(ignored);
    }

    /**
     * Refuses a request with an unknown parameter.
     *
     * @throws Problem that names the parameter, and a known one if one is near
     */
    void check(RequestTarget target) {
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
    static Optional<String> lastEventId(RequestTarget target) {
        return target.query().stream()
                .filter(parameter -> isLastEventId(parameter.name()))
                .map(RequestTarget.Parameter::value)
                .findFirst();
    }

    private static boolean isLastEventId(String name) {
        return name.length() <= MAX_QUOTED && Spelling.bare(name).equals(LAST_EVENT_ID_BARE);
    }
}
