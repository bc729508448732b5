package io.ssebridge.http;

import io.ssebridge.event.TraceParent;
import io.vertx.core.http.HttpServerRequest;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Finds or makes the id of a refused request, which its answer and the log have in common. Any thread. */
final class RequestId {
    /** The header of a request and of its answer. */
    static final String HEADER = "X-Request-Id";

    // Wide enough for all usual ids. A token has dots, so it never passes.
    private static final Pattern VALID = Pattern.compile("[A-Za-z0-9_-]{1,64}");

    private RequestId() {}

    /**
     * Returns the id that the request or a proxy has brought, if it is valid; otherwise that of its trace, or a new one.
     */
    static String of(HttpServerRequest request) {
        @Nullable String brought = request.getHeader(HEADER);
        if (brought != null && VALID.matcher(brought).matches()) {
            return brought;
        }
        return TraceParent.traceId(request.getHeader(TraceParent.NAME))
                .orElseGet(() -> "%016x".formatted(ThreadLocalRandom.current().nextLong()));
    }
}
