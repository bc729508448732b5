package io.ssebridge.event;

import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The trace that an event belongs to, as a <a href="https://www.w3.org/TR/trace-context/#traceparent-header">traceparent</a>
 * of version 00.
 */
public final class TraceParent {
    /** The name of the header of a request or a message, and of the attribute of a CloudEvent. */
    public static final String NAME = "traceparent";

    private static final int LENGTH = 55;
    private static final int TRACE_ID_BEGIN = 3;
    private static final int TRACE_ID_END = 35;
    // An id of zeros only is invalid.
    private static final Pattern VALID = Pattern.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}");

    private TraceParent() {}

    /** Tells whether a text is a valid traceparent of version 00. */
    public static boolean isValid(@Nullable String text) {
        return text != null && text.length() == LENGTH && VALID.matcher(text).matches();
    }

    /**
     * Returns the id of the trace.
     *
     * @param text a header from outside, or null
     * @return empty if it is not valid
     */
    public static Optional<String> traceId(@Nullable String text) {
        return text != null && isValid(text)
                ? Optional.of(text.substring(TRACE_ID_BEGIN, TRACE_ID_END))
                : Optional.empty();
    }
}
